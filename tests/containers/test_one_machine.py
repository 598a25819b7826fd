"""docker-compose.yml works as docs/deployment.md describes, in a fresh checkout."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.containers.checkout import write_settings
from tests.containers.commands import Project, docker
from tests.containers.containers import GATEWAY, PATIENCE_SEC, health, rights, signal, until_healthy
from tests.containers.images import NAME, OUTSIDE, SERVERS, Images
from tests.containers.traffic import traffic
from tests.harness.core import Core
from tests.harness.manual import Manual
from tests.harness.phone import Owner, Phone
from tests.harness.processes import REPOSITORY, free_port, until
from tests.harness.stack import CORE_SECRET

pytestmark = pytest.mark.timeout(0)

GUIDE = Manual("docs/deployment.md", {})
HERE = REPOSITORY / "tests/containers"
PASSWORDS = {"POSTGRES_PASSWORD": "postgres-of-the-tests", "REDIS_PASSWORD": "redis0of0the0tests"}
ROLES = ("api", "worker")


@dataclass(frozen=True)
class Machine:
    project: Project
    core: Core
    phone: Phone
    edge: str


@pytest.fixture(scope="module")
async def machine(images: Images) -> AsyncIterator[Machine]:
    ports = {name: str(free_port()) for name in ("API", "SIMULATOR", "TEMPORAL", "UI")}
    environment = {
        "COMPOSE_PROJECT_NAME": f"{NAME}-one-machine",
        "COMPOSE_FILE": f"docker-compose.yml:{HERE / 'one_machine.yml'}",
        "TEST_IMAGES": NAME,
        "TEST_SERVERS": SERVERS,
        "TEST_OUTSIDE": OUTSIDE,
        **{f"TEST_{name}_PORT": port for name, port in ports.items()},
    }
    project = Project(images.checkout, environment)
    copy, readable, up = GUIDE.take("Docker Compose", 0).splitlines()
    await project.shell(f"{copy}\n{readable}")
    write_settings(project.folder, **PASSWORDS)
    try:
        await project.shell(up)
        edge, phone_url = (f"http://127.0.0.1:{ports[name]}" for name in ("API", "SIMULATOR"))
        async with Core(edge, CORE_SECRET) as core, Phone(phone_url) as phone:
            yield Machine(project, core, phone, edge)
    finally:
        await project.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")


async def test_candidate_is_approved(machine: Machine) -> None:
    owner = Owner()
    candidate = await machine.core.accepted(owner, owner_imessage=None)
    await machine.phone.until_prompted("whatsapp", candidate["id"], within=PATIENCE_SEC)
    said = await machine.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    assert said.statuses == [200]
    assert (await machine.phone.until_decided(candidate["id"], within=PATIENCE_SEC))["decision"] == "approved"


async def test_imessage_is_asked_as_well(machine: Machine) -> None:
    owner = Owner()
    candidate = await machine.core.accepted(owner, owner_whatsapp=None)
    await machine.phone.until_prompted("imessage", candidate["id"], within=PATIENCE_SEC)
    await machine.phone.says("imessage", owner, f"approve {candidate['id']}")

    assert (await machine.phone.until_decided(candidate["id"], within=PATIENCE_SEC))["decision"] == "approved"


async def test_containers_have_no_rights_that_they_do_not_need(machine: Machine) -> None:
    containers = [await machine.project.container(role) for role in ROLES]

    assert [await rights(one) for one in containers] == [GATEWAY, GATEWAY]
    for service in (await machine.project.compose("ps", "--services")).split():
        ports = (await machine.project.container(service))["HostConfig"]["PortBindings"] or {}
        assert {binding["HostIp"] for bindings in ports.values() for binding in bindings} <= {"127.0.0.1"}


async def test_doctor_runs_with_and_without_a_running_api(machine: Machine) -> None:
    beside, instead = GUIDE.take("Docker Compose", 1).splitlines()
    _, by_it = await machine.project.attempt(beside)
    await machine.project.compose("stop", "api")
    _, alone = await machine.project.attempt(instead)
    await machine.project.compose("start", "api")
    await until_healthy(machine.project, "api")

    for said in (by_it, alone):
        assert re.findall(r"^ok +(temporal|redis)\.connection", said, re.MULTILINE) == ["temporal", "redis"], said


async def test_nothing_is_lost_when_each_process_is_killed_once(machine: Machine) -> None:
    """Docker restarts killed processes, and no candidate is lost."""
    async with traffic(machine.phone, machine.edge) as coming:
        for service in ("worker", "api", "redis", "temporal"):
            before = await machine.project.container(service)
            await signal(before, "KILL")

            async def started_again(service: str = service, pid: int = before["State"]["Pid"]) -> bool:
                after = await machine.project.container(service)
                return after["State"]["Pid"] not in (0, pid) and health(after) == "healthy"

            await until(started_again, within=PATIENCE_SEC)
            await coming.approve()


async def test_stopping_worker_finishes_the_send_that_it_has_begun(machine: Machine) -> None:
    owner, phone = Owner(), machine.phone
    await phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=4)
    candidate = await machine.core.accepted(owner, owner_imessage=None)
    await until(lambda: phone.prompt_attempts("whatsapp", candidate["id"]), within=PATIENCE_SEC)
    assert await phone.prompts("whatsapp", candidate["id"]) == []
    await machine.project.compose("stop", "worker")
    stopped = await machine.project.container("worker")
    sent = await phone.prompts("whatsapp", candidate["id"])
    await machine.project.compose("start", "worker")
    await until_healthy(machine.project, "worker")

    assert (stopped["State"]["ExitCode"], len(sent)) == (0, 1)
    await machine.core.until_state(candidate["id"], "prompted")
    assert len(await phone.prompt_attempts("whatsapp", candidate["id"])) == 1


async def test_health_checks_detect_a_process_that_hangs(machine: Machine) -> None:
    containers = [await machine.project.container(role) for role in ROLES]
    await asyncio.gather(*(signal(one, "STOP") for one in containers))

    async def unhealthy() -> bool:
        return [health(await machine.project.container(role)) for role in ROLES] == ["unhealthy"] * 2

    await until(unhealthy, within=PATIENCE_SEC)
    await asyncio.gather(*(signal(one, "CONT") for one in containers))
    await until_healthy(machine.project, *ROLES)


async def test_new_code_rolls_over_while_core_posts_candidates(machine: Machine) -> None:
    before = [await machine.project.container(role) for role in ROLES]
    for role in ROLES:
        with (machine.project.folder / role / "app.py").open("a", encoding="utf-8") as module:
            module.write("\n# Another version.\n")
    roll = Manual("docs/deploys.md", {}).take("Roll over", 0, {"build --pull": "build"})
    async with traffic(machine.phone, machine.edge) as coming:
        await coming.approve()
        await machine.project.shell(roll)
        await coming.approve()

    after = [await machine.project.container(role) for role in ROLES]
    assert {one["Image"] for one in before} & {one["Image"] for one in after} == set()
    assert [await rights(one) for one in after] == [GATEWAY, GATEWAY]
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{machine.edge}/readyz")).status_code == httpx.codes.OK


async def test_wrong_setting_stops_the_start_and_the_doctor_names_it(machine: Machine) -> None:
    write_settings(machine.project.folder, TWILIO_ACCOUNT_SID="not-an-account")
    *_, instead = GUIDE.take("Docker Compose", 1).splitlines()
    up = asyncio.create_task(machine.project.attempt("docker compose up --detach --wait --wait-timeout 40"))
    code, _ = await up
    _, said = await machine.project.attempt(instead)
    logs = await docker("logs", (await machine.project.container("worker"))["Id"])

    assert code != 0
    assert "TWILIO_ACCOUNT_SID" in said
    assert "TWILIO_ACCOUNT_SID" in logs
    assert "Traceback" not in logs
