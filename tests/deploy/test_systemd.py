"""deploy/systemd: systemd reads the units without warnings, and they run the image's commands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.endpoints import ENDPOINTS
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY
from worker.app import GRACE

UNITS = REPOSITORY / "deploy/systemd"
API_GRACE_SEC = 20
ROLES = {"api": "PORT", "worker": "METRICS_PORT"}
ANALYZE = shutil.which("systemd-analyze")


def unit(role: str) -> str:
    return (UNITS / f"approval-gateway-{role}@.service").read_text(encoding="utf-8")


def value(role: str, name: str) -> str:
    (found,) = re.findall(rf"^{name}=(.*)$", unit(role), re.MULTILINE)
    return str(found)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("role", ROLES)
def test_systemd_reads_the_unit_without_a_warning(role: str, tmp_path: Path) -> None:
    shutil.copy(UNITS / f"approval-gateway-{role}@.service", tmp_path)
    named = str(tmp_path / f"approval-gateway-{role}@8080.service")
    said = subprocess.run([str(ANALYZE), "verify", "--man=no", named], capture_output=True, text=True, check=False)  # noqa: S603

    assert (said.returncode, [line for line in said.stderr.splitlines() if "approval-gateway" in line]) == (0, [])


@pytest.mark.parametrize(("role", "port"), ROLES.items())
def test_unit_runs_what_the_image_runs_on_the_port_of_its_name(role: str, port: str) -> None:
    assert value(role, "ExecStart") == f"/usr/bin/env {port}=%i .venv/bin/python -m {role}"
    assert port in DOCUMENTED
    assert f'CMD ["python", "-m", "{role}"]' in (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


def test_process_has_the_time_that_it_needs_to_finish() -> None:
    assert int(value("worker", "TimeoutStopSec")) > GRACE.total_seconds()
    assert int(value("api", "TimeoutStopSec")) > API_GRACE_SEC


def test_process_restarts_unless_its_settings_are_wrong() -> None:
    for role in ROLES:
        assert (value(role, "Restart"), value(role, "RestartPreventExitStatus")) == ("always", "2")
        assert value(role, "StartLimitIntervalSec") == "0"


def test_guide_restarts_one_api_after_the_other() -> None:
    """The guide waits until each one is alive, and names only units that exist."""
    guide = (UNITS / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"approval-gateway-(\w+)@", guide))

    assert named == ROLES.keys()
    assert ("GET", "/healthz") in ENDPOINTS["yes"]
    assert re.search(r"restart approval-gateway-api@\$port\n *until curl [^\n]+/healthz", guide)
