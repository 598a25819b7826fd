"""What whoever deploys deploy/swarm/stack.yml relies on, read from the file; tests/containers runs it."""

import json
import re
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.server import GRACE as EDGE_GRACE
from tests.deploy.dockerfile import STAGES
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY
from tests.harness.schemas import problems
from worker.app import GRACE as WORKER_GRACE

FOLDER = REPOSITORY / "deploy/swarm"
TEXT = (FOLDER / "stack.yml").read_text(encoding="utf-8")
STACK = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
PRODUCTION = yaml.safe_load((REPOSITORY / "docker-compose.prod.yml").read_text(encoding="utf-8"))
BRANDS = yaml.safe_load((FOLDER / "brands.yml").read_text(encoding="utf-8"))
ROLES = ("worker", "api")
IGNORED_BY_SWARM = {"build", "container_name", "depends_on", "expose", "links", "restart", "security_opt", "profiles"}
"""Some with a warning, some with an error."""


@pytest.mark.parametrize("file", [STACK, BRANDS], ids=["stack", "brands"])
def test_files_are_what_compose_understands_and_swarm_does_not_ignore(file: dict[str, Any]) -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"

    assert problems(file, json.loads(vendored.read_text(encoding="utf-8"))) == []
    for service in file["services"].values():
        assert service.keys() & IGNORED_BY_SWARM == set()


@pytest.mark.parametrize("name", ["temporal-setup", *ROLES])
def test_each_service_has_the_image_the_settings_and_the_limits_of_production(name: str) -> None:
    """But for Temporal's address, which is in .env: `docker stack deploy` takes no variable from there."""
    ours, theirs = SERVICES[name], PRODUCTION["services"][name]
    elsewhere = {"TEMPORAL_ADDRESS", "FORWARDED_ALLOW_IPS"}
    differs = {"networks", "healthcheck", "deploy", "environment", "env_file", "ports", "volumes"} | IGNORED_BY_SWARM

    assert {key: ours[key] for key in ours.keys() - differs} == {key: theirs[key] for key in theirs.keys() - differs}
    kept = {key: value for key, value in theirs["environment"].items() if key not in elsewhere}
    assert {key: value for key, value in ours["environment"].items() if key not in elsewhere} == kept
    assert ours["environment"].keys() <= DOCUMENTED
    assert (FOLDER / ours["env_file"]).resolve() == REPOSITORY / ".env"
    if name in ROLES:
        assert ours["deploy"]["resources"] == theirs["deploy"]["resources"]
        assert ours["deploy"]["replicas"] == theirs["deploy"]["replicas"]


def test_every_secret_of_production_is_one_of_swarm_s_own_under_a_number() -> None:
    assert STACK["secrets"] == {
        name: {"external": True, "name": f"gateway_{name}_${{SECRETS:-1}}"} for name in PRODUCTION["secrets"]
    }


@pytest.mark.parametrize("role", ROLES)
def test_an_update_replaces_one_by_one_by_a_healthy_one_and_goes_back_by_itself(role: str) -> None:
    deploy = SERVICES[role]["deploy"]
    one_by_one = {"order": "start-first", "parallelism": 1, "monitor": "15s", "max_failure_ratio": 0}

    assert deploy["update_config"] == {**one_by_one, "failure_action": "rollback"}
    assert deploy["rollback_config"] == {**one_by_one, "failure_action": "pause"}


def test_a_container_is_healthy_once_it_has_reached_temporal_and_is_not_ended_for_being_slow() -> None:
    api, worker = SERVICES["api"]["healthcheck"], SERVICES["worker"]["healthcheck"]

    assert "/readyz?latched=true" in api["test"][-1]
    assert "worker.health" in STAGES["worker"]
    assert "test" not in worker, "the image's"
    assert api["start_period"] == "15m"
    assert "--start-period=15m" in STAGES["worker"]
    for check in (api, worker):
        assert (check["timeout"], check["retries"]) == ("15s", 6)
    assert SERVICES["temporal-setup"]["healthcheck"] == {"disable": True}


def test_what_is_stopped_has_time_to_finish() -> None:
    graces = {"worker": WORKER_GRACE, "api": EDGE_GRACE}
    for role, grace in graces.items():
        assert int(SERVICES[role]["stop_grace_period"].removesuffix("s")) > grace.total_seconds()


def test_the_routing_mesh_carries_the_port_of_the_api_alone() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "api": [{"target": 8080, "published": "${API_PORT:-8080}", "mode": "ingress"}]
    }


def test_temporal_is_prepared_by_a_job_that_a_key_without_the_right_can_leave_out() -> None:
    setup = SERVICES["temporal-setup"]

    assert setup["command"] == ["python", "-m", "tools.setup_temporal"]
    assert (setup["deploy"]["mode"], setup["deploy"]["replicas"]) == ("replicated-job", "${SETUP:-1}")


def test_what_the_stack_takes_from_the_shell_is_named_in_it_and_no_secret() -> None:
    (named,) = re.findall(r"^#   the shell +(.+)$", TEXT, re.MULTILINE)
    taken = set(re.findall(r"\$\{([A-Z_]+)", TEXT))

    assert taken == set(named.split(", "))
    assert not [name for name in taken - {"SECRETS"} if re.search("SECRET|KEY|TOKEN|PASSWORD", name)]


def test_brands_file_is_a_config_of_both_roles_where_the_setting_names_it() -> None:
    for role in ROLES:
        (config,) = BRANDS["services"][role]["configs"]
        assert config["source"] in BRANDS["configs"]
        assert BRANDS["services"][role]["environment"] == {"BRANDS_FILE": config["target"]}


DOCKER = """#!/bin/sh
echo "$@" >> calls
case $* in *inspect*gateway_"$FAILS") echo "approval-gateway-$FAILS:0.1.0" ;; *inspect*) echo "$RUNS" ;; esac
"""


@pytest.mark.parametrize(("fails", "updated"), [("api", ROLES), ("worker", ROLES[:1])])
def test_release_stops_at_the_role_that_went_back(tmp_path: Path, fails: str, updated: tuple[str, ...]) -> None:
    """Against a docker that answers as the real one does after an update that failed; tests/containers has that one."""
    docker = tmp_path / "docker"
    docker.write_text(DOCKER, encoding="utf-8")
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TAG": "0.2.0", "FAILS": fails}
    environment["RUNS"] = "approval-gateway-worker:0.2.0@sha256:0123"
    command = ["sh", str(FOLDER / "release.sh")]
    released = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert [call.rpartition("_")[2] for call in calls if " update " in call] == ["temporal-setup", *updated]
    assert released.returncode == 1
    assert f"gateway_{fails} failed, and went back to approval-gateway-{fails}:0.1.0" in released.stderr
