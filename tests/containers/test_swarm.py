"""The stack of deploy/swarm works as its README describes, on a swarm of one node."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.containers.commands import Project, attempt, docker, inspected
from tests.containers.containers import GATEWAY, PATIENCE_SEC, health, rights
from tests.containers.images import DOOR, NAME, OUTSIDE, SERVERS, Images
from tests.containers.preparation import GIVEN, OURS, kept, prepare
from tests.containers.traffic import Traffic, traffic
from tests.harness.keys import secret
from tests.harness.manual import Manual
from tests.harness.phone import Phone
from tests.harness.processes import REPOSITORY, free_port, until

pytestmark = pytest.mark.timeout(0)

HERE = REPOSITORY / "tests/containers"
README = Manual("deploy/swarm/README.md", {})
ROLES = ("worker", "api")


@dataclass(frozen=True)
class SwarmStack:
    """The stack `gateway` behind the tests' nginx; `shell` runs an operator's commands."""

    project: Project
    phone: Phone
    edge: str

    async def shell(self, script: str) -> str:
        return await self.project.shell(f"set -a; . ./swarm.env; set +a; {script}")

    async def deploy(self) -> None:
        """Deploys a changed setting or secret, and waits until it takes effect."""
        script = README.take("From nothing", 1)
        deploy = "docker stack deploy --with-registry-auth --compose-file deploy/swarm/stack.yml"
        assert deploy in script
        await self.shell(script.replace(deploy, f"{deploy} --compose-file {HERE / 'swarm.yml'}"))
        await until(self.settled, within=PATIENCE_SEC)

    async def settled(self) -> bool:
        """Returns whether all replicas are healthy, and Swarm is not updating."""
        for role in ROLES:
            service = await inspected(f"gateway_{role}")
            states = [health(one) for one in await self.containers(role)]
            changing = service.get("UpdateStatus", {}).get("State") in {"updating", "rollback_started"}
            if changing or states != ["healthy"] * service["Spec"]["Mode"]["Replicated"]["Replicas"]:
                return False
        return True

    async def containers(self, role: str) -> list[dict[str, Any]]:
        """Returns the running containers of a service, as `docker inspect` shows them."""
        label = f"label=com.docker.swarm.service.name=gateway_{role}"
        return [await inspected(one) for one in (await docker("ps", "--quiet", "--filter", label)).split()]

    async def tags(self) -> dict[str, set[str]]:
        """Returns the image tags of each role's containers."""
        return {
            role: {one["Config"]["Image"].rpartition(":")[2] for one in await self.containers(role)} for role in ROLES
        }

    def verb(self, beginning: str) -> str:
        """Returns the README's first command that begins with these words."""
        return str(re.findall(rf"`({re.escape(beginning)}[^`]*)`", verbs())[0])

    def write(self, **shell: str) -> None:
        """Appends to swarm.env, where the last value of a name counts."""
        with (self.project.folder / "swarm.env").open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in shell.items())


def verbs() -> str:
    text = (REPOSITORY / README.path).read_text(encoding="utf-8")
    return text.partition("\n## The verbs\n")[2].partition("\n**")[0]


def without_the_mesh(stack: Path) -> None:
    """Removes the mesh's port, which a second file cannot do and `dnsrr` does not allow."""
    services = yaml.safe_load(stack.read_text(encoding="utf-8"))
    assert [port["mode"] for port in services["services"]["api"].pop("ports")] == ["ingress"]
    stack.write_text(yaml.safe_dump(services), encoding="utf-8")


@pytest.fixture(scope="module")
async def stack(images: Images, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SwarmStack]:
    joined = await docker("info", "--format", "{{.Swarm.LocalNodeState}}")
    code, said = await attempt("docker", "swarm", "init", "--advertise-addr", "127.0.0.1", folder=Path("/"))
    if code:
        pytest.skip(f"docker swarm init fails here ({joined}): {said.splitlines()[0]}")
    folder, door, phone = tmp_path_factory.mktemp("swarm"), free_port(), free_port()
    try:
        await prepare(folder, PUBLIC_BASE_URL="http://door:8080")
        without_the_mesh(folder / "deploy/swarm/stack.yml")
        for role in ROLES:
            await docker("tag", images.of(role), f"{NAME}-{role}:green")
        environment = {
            "TEST_SERVERS": SERVERS,
            "TEST_OUTSIDE": OUTSIDE,
            "TEST_DOOR": DOOR,
            "TEST_DOOR_PORT": str(door),
            "TEST_SIMULATOR_PORT": str(phone),
        }
        project = Project(folder, environment)
        await project.shell(README.take("From nothing", 0))
        async with Phone(f"http://127.0.0.1:{phone}") as owner:
            made = SwarmStack(project, owner, f"http://127.0.0.1:{door}")
            made.write(REPOSITORY=NAME, TAG="blue")
            await made.deploy()
            yield made
    finally:
        await docker("swarm", "leave", "--force")
        await until(nothing_left, within=PATIENCE_SEC)


async def nothing_left() -> bool:
    return not await docker("ps", "--all", "--quiet", "--filter", "label=com.docker.swarm.service.name")


@pytest.fixture
def core_secret(stack: SwarmStack) -> str:
    return kept(stack.project.folder, "WEBHOOK_SIGNING_SECRET").read_text(encoding="utf-8")


async def test_two_of_each_role_run_with_few_rights_and_a_candidate_is_approved(
    stack: SwarmStack, core_secret: str
) -> None:
    containers = [one for role in ROLES for one in await stack.containers(role)]
    variables = [dict(variable.split("=", 1) for variable in one["Config"]["Env"]) for one in containers]

    assert [await rights(one) for one in containers] == [{**GATEWAY, "no_new_privileges": "0"}] * 4
    assert [one["HostConfig"]["Memory"] >> 20 for one in containers] == [768, 768, 512, 512]
    assert [name for one in variables for name in (*OURS, *GIVEN, "REDIS_URL") if one.get(name)] == []
    assert await Traffic(stack.phone, [stack.edge], core_secret).approve()


async def test_nothing_is_lost_during_scaling_a_release_and_a_rollback(stack: SwarmStack, core_secret: str) -> None:
    async with traffic(stack.phone, stack.edge, secret=core_secret) as coming:
        await coming.approve()
        scale = stack.verb("docker service scale")
        for workers in (4, 2):
            await stack.shell(scale.replace("=4", f"={workers}"))
            assert (await inspected("gateway_worker"))["Spec"]["Mode"]["Replicated"]["Replicas"] == workers
            await until(stack.settled, within=PATIENCE_SEC)
            await coming.approve()

        stack.write(TAG="green")
        await stack.shell(stack.verb("sh deploy/swarm/release.sh"))
        assert await stack.tags() == {"worker": {"green"}, "api": {"green"}}
        await coming.approve()

        stack.write(TAG="blue")
        await stack.shell(stack.verb("sh deploy/swarm/release.sh back"))
        assert await stack.tags() == {"worker": {"blue"}, "api": {"blue"}}
        await coming.approve()


async def test_failing_api_stops_the_release_while_the_old_ones_serve(stack: SwarmStack, core_secret: str) -> None:
    before = {one["Id"] for one in await stack.containers("api")}
    await docker("tag", f"{NAME}-worker:green", f"{NAME}-worker:broken")
    await docker("tag", SERVERS, f"{NAME}-api:broken")
    release = stack.verb("sh deploy/swarm/release.sh")
    async with traffic(stack.phone, stack.edge, secret=core_secret) as coming:
        code, said = await stack.project.attempt(f"set -a; . ./swarm.env; TAG=broken; set +a; {release}")
        await coming.approve()

    assert code != 0
    assert f"gateway_api failed and rolled back to {NAME}-api:blue" in said
    assert before == {one["Id"] for one in await stack.containers("api")}


async def test_setting_that_stops_new_workers_keeps_the_old_ones(stack: SwarmStack, core_secret: str) -> None:
    before = {one["Id"] for one in await stack.containers("worker")}
    async with traffic(stack.phone, stack.edge, secret=core_secret) as coming:
        await stack.shell("docker service update --quiet --env-add TWILIO_ACCOUNT_SID=nonsense gateway_worker")
        await coming.approve()

    assert before == {one["Id"] for one in await stack.containers("worker")}


async def test_new_secret_applies_after_the_next_deploy(stack: SwarmStack, core_secret: str) -> None:
    new = secret("of the day after")
    kept(stack.project.folder, "WEBHOOK_SIGNING_SECRET").write_text(f"{new},{core_secret}", encoding="utf-8")
    assert await statuses(stack, new) == {httpx.codes.UNAUTHORIZED}
    async with traffic(stack.phone, stack.edge, secret=core_secret) as coming:
        stack.write(SECRETS="2")
        await stack.deploy()
        await coming.approve()

    assert await statuses(stack, new) == await statuses(stack, core_secret) == {httpx.codes.OK}
    assert await stack.tags() == {"worker": {"blue"}, "api": {"blue"}}, "as swarm.env has it"


async def statuses(stack: SwarmStack, bearer: str) -> set[int]:
    """Returns the apis' answers; nginx asks one after the other."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}) as http:
        return {(await http.get(f"{stack.edge}/activity", timeout=15)).status_code for _ in range(6)}
