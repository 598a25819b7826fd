"""Runs promtool on the alerts: each fires when it should, and only then."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.harness.processes import REPOSITORY, program

FOLDER = REPOSITORY / "deploy/prometheus"
PROMTOOL = program("promtool")
TESTS = sorted(path.name for path in FOLDER.glob("*.test.yml"))

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing; make prometheus fetches it with apt"),
]


@pytest.mark.parametrize("command", [("check", "config", "prometheus.yml"), ("test", "rules", *TESTS)])
def test_prometheus_reads_the_configuration_and_the_alerts_fire_when_they_should(command: tuple[str, ...]) -> None:
    done = subprocess.run([str(PROMTOOL), *command], cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_reads_the_scrape_configuration_for_kubernetes_without_its_discovery(tmp_path: Path) -> None:
    """Debian builds promtool without Kubernetes, so the test replaces the service discovery."""
    configuration = yaml.safe_load((FOLDER.parent / "kubernetes/scrape.yml").read_text(encoding="utf-8"))
    (scraped,) = configuration["scrape_configs"]
    assert scraped.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["approval-gateway"]}}]
    file = tmp_path / "scrape.yml"
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    done = subprocess.run([str(PROMTOOL), "check", "config", file], capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout + done.stderr
