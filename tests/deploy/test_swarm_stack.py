"""The rules of deploy/swarm/stack.yml, read from the file; tests/containers runs it."""

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
"""Swarm warns about some of them and rejects others."""


@pytest.mark.parametrize("file", [STACK, BRANDS], ids=["stack", "brands"])
def test_files_meet_composes_schema_and_use_nothing_that_swarm_ignores(file: dict[str, Any]) -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"

    assert problems(file, json.loads(vendored.read_text(encoding="utf-8"))) == []
    for service in file["services"].values():
        assert service.keys() & IGNORED_BY_SWARM == set()


@pytest.mark.parametrize("name", ["temporal-setup", *ROLES])
def test_each_service_has_productions_image_settings_and_limits(name: str) -> None:
    """Temporal's address differs: it is in .env, from which `docker stack deploy` reads nothing."""
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


def test_every_production_secret_is_a_numbered_secret_of_swarm() -> None:
    assert STACK["secrets"] == {
        name: {"external": True, "name": f"gateway_{name}_${{SECRETS:-1}}"} for name in PRODUCTION["secrets"]
    }


@pytest.mark.parametrize("role", ROLES)
def test_update_replaces_one_at_a_time_and_rolls_back_on_failure(role: str) -> None:
    deploy = SERVICES[role]["deploy"]
    one_by_one = {"order": "start-first", "parallelism": 1, "monitor": "15s", "max_failure_ratio": 0}

    assert deploy["update_config"] == {**one_by_one, "failure_action": "rollback"}
    assert deploy["rollback_config"] == {**one_by_one, "failure_action": "pause"}


def test_container_is_healthy_once_it_reached_temporal_and_survives_slowness() -> None:
    api, worker = SERVICES["api"]["healthcheck"], SERVICES["worker"]["healthcheck"]

    assert "/readyz?latched=true" in api["test"][-1]
    assert "worker.health" in STAGES["worker"]
    assert "test" not in worker, "the image's"
    assert api["start_period"] == "15m"
    assert "--start-period=15m" in STAGES["worker"]
    for check in (api, worker):
        assert (check["timeout"], check["retries"]) == ("15s", 6)
    assert SERVICES["temporal-setup"]["healthcheck"] == {"disable": True}


def test_stopped_processes_have_time_to_finish() -> None:
    graces = {"worker": WORKER_GRACE, "api": EDGE_GRACE}
    for role, grace in graces.items():
        assert int(SERVICES[role]["stop_grace_period"].removesuffix("s")) > grace.total_seconds()


def test_routing_mesh_publishes_only_the_apis_port() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "api": [{"target": 8080, "published": "${API_PORT:-8080}", "mode": "ingress"}]
    }


def test_setup_is_a_job_that_can_be_left_out() -> None:
    setup = SERVICES["temporal-setup"]

    assert setup["command"] == ["python", "-m", "tools.setup_temporal"]
    assert (setup["deploy"]["mode"], setup["deploy"]["replicas"]) == ("replicated-job", "${SETUP:-1}")


def test_shell_variables_of_the_stack_are_listed_and_not_secret() -> None:
    (listed,) = re.findall(r"^#   the shell +(.+(?:\n#    +.+)*)$", TEXT, re.MULTILINE)
    taken = set(re.findall(r"\$\{([A-Z_]+)", TEXT))

    assert taken == set(re.findall("[A-Z_]+", listed))
    assert not [name for name in taken - {"SECRETS"} if re.search("SECRET|KEY|TOKEN|PASSWORD", name)]


def test_brands_file_is_a_config_of_both_roles_at_the_path_of_the_setting() -> None:
    for role in ROLES:
        (config,) = BRANDS["services"][role]["configs"]
        assert config["source"] in BRANDS["configs"]
        assert BRANDS["services"][role]["environment"] == {"BRANDS_FILE": config["target"]}


DOCKER = """#!/bin/sh
echo "$@" >> calls
case $* in
  *inspect*gateway_"$FAILS") echo "approval-gateway-$FAILS:0.1.0" ;;
  *inspect*gateway_api) echo approval-gateway-api:0.2.0@sha256:0123 ;;
  *inspect*) echo approval-gateway-worker:0.2.0@sha256:0123 ;;
esac
"""


@pytest.mark.parametrize(
    ("arguments", "fails", "updated"),
    [
        ([], "api", ["temporal-setup", "worker", "api"]),
        ([], "worker", ["temporal-setup", "worker"]),
        (["back"], "worker", ["api", "worker"]),
        (["back"], "api", ["api"]),
    ],
)
def test_release_stops_at_the_role_that_rolled_back_and_the_way_back_begins_with_the_apis(
    tmp_path: Path, arguments: list[str], fails: str, updated: list[str]
) -> None:
    """Uses a script as docker, which answers as the real one does after a failed update."""
    docker = tmp_path / "docker"
    docker.write_text(DOCKER, encoding="utf-8")
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TAG": "0.2.0", "FAILS": fails}
    command = ["sh", str(FOLDER / "release.sh"), *arguments]
    released = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert [call.rpartition("_")[2] for call in calls if " update " in call] == updated
    assert released.returncode == 1
    assert f"gateway_{fails} failed and rolled back to approval-gateway-{fails}:0.1.0" in released.stderr
