"""docker-compose.prod.yml, started as docs/deployment.md says, replaced as docs/deploys.md says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.containers.commands import Project, docker
from tests.containers.containers import GATEWAY, rights, until_healthy
from tests.containers.images import NAME, OUTSIDE, SERVERS, Images
from tests.containers.preparation import GIVEN, GUIDE, OURS, kept, prepare
from tests.containers.traffic import Traffic, traffic
from tests.harness.keys import secret
from tests.harness.manual import Manual
from tests.harness.phone import Phone
from tests.harness.processes import REPOSITORY, free_port

pytestmark = pytest.mark.timeout(0)

HERE = REPOSITORY / "tests/containers"
CARE, DEPLOYS = Manual("docs/maintenance.md", {}), Manual("docs/deploys.md", {})
BLUE, GREEN = f"{NAME}-blue", f"{NAME}-green"
FILES = f"--file docker-compose.prod.yml --file {HERE / 'production.yml'}"
ROLES = ("worker", "api")


@dataclass(frozen=True)
class Cluster:
    """Two projects in one folder, each with ports for its edges; blue runs."""

    blue: Project
    green: Project
    phone: Phone
    ports: list[int]

    @property
    def blue_edges(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports[:2]]

    @property
    def green_edges(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports[2:]]

    def commands(self, manual: Manual, heading: str, number: int = 0) -> str:
        """Returns commands from a document, adapted to the tests' projects, files and ports."""
        script = manual.take(heading, number).replace("--file docker-compose.prod.yml", FILES)
        script = script.replace("gateway-blue", BLUE).replace("gateway-green", GREEN)
        script = script.replace("8080-8081", "{}-{}".format(*self.ports[:2]))
        return script.replace("8082-8083", "{}-{}".format(*self.ports[2:]))

    async def roll(self, heading: str, number: int) -> None:
        await self.blue.shell(self.commands(DEPLOYS, heading, number), OLD="blue", NEW="green")


def row_of_free_ports(length: int) -> list[int]:
    while True:
        ports = [free_port() for _ in range(length)]
        if all(later - earlier == 1 for earlier, later in pairwise(ports)):
            return ports


@pytest.fixture(scope="module")
async def cluster(images: Images, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder, ports, phone_port = tmp_path_factory.mktemp("production"), row_of_free_ports(4), free_port()
    await prepare(folder)
    for role in ROLES:
        await docker("tag", images.of(role), f"{NAME}-{role}:green")
    environment = {
        "REPOSITORY": NAME,
        "TEST_SERVERS": SERVERS,
        "TEST_OUTSIDE": OUTSIDE,
        "TEST_NETWORK": NAME,
        "TEST_SIMULATOR_PORT": str(phone_port),
    }

    def project(name: str, file: Path, **more: str) -> Project:
        files = f"{file}:{HERE / 'production.yml'}" if file.parent == folder else str(file)
        named = {"COMPOSE_PROJECT_NAME": name, "COMPOSE_FILE": files}
        return Project(folder, {**environment, **named, **more})

    ours = folder / "docker-compose.prod.yml"
    servers = project(f"{NAME}-servers", HERE / "servers.yml")
    blue = project(BLUE, ours, TAG="blue", API_PORTS="{}-{}".format(*ports[:2]))
    green = project(GREEN, ours, TAG="green", API_PORTS="{}-{}".format(*ports[2:]))
    try:
        await servers.compose("--project-directory", str(folder), "up", "--detach", "--wait")
        async with Phone(f"http://127.0.0.1:{phone_port}") as phone:
            made = Cluster(blue, green, phone, ports)
            await blue.attempt(made.commands(GUIDE, "Docker Compose", 3).replace("TAG=0.2.0", "TAG=blue"))
            yield made
    finally:
        for running in (green, blue):
            await running.compose("down", "--remove-orphans", "--timeout", "1")
        await servers.compose("--project-directory", str(folder), "down", "--volumes", "--timeout", "1")


@pytest.fixture
def core_secret(cluster: Cluster) -> str:
    return kept(cluster.blue.folder, "WEBHOOK_SIGNING_SECRET").read_text(encoding="utf-8")


async def test_two_of_each_role_run_with_their_limits_and_a_candidate_is_approved(
    cluster: Cluster, core_secret: str
) -> None:
    containers = [one for role in ROLES for one in await cluster.blue.containers(role)]

    assert [await rights(one) for one in containers] == [GATEWAY] * 4
    assert [one["HostConfig"]["Memory"] >> 20 for one in containers] == [768, 768, 512, 512]
    assert await Traffic(cluster.phone, cluster.blue_edges, core_secret).approve()


async def test_containers_have_no_secret_in_their_variables(cluster: Cluster, core_secret: str) -> None:
    for role in ROLES:
        for one in await cluster.blue.containers(role):
            variables = dict(variable.split("=", 1) for variable in one["Config"]["Env"])

            assert core_secret not in variables.values()
            assert [name for name in (*OURS, *GIVEN, "REDIS_URL") if variables.get(name)] == []


async def test_next_up_keeps_the_number_of_workers(cluster: Cluster) -> None:
    with (cluster.blue.folder / ".env").open("a", encoding="utf-8") as file:
        file.write("WORKERS=3\n")
    before = {one["Id"] for role in ROLES for one in await cluster.blue.containers(role)}
    scale, _ = cluster.commands(CARE, "Scale").splitlines()
    await cluster.blue.shell(scale.removeprefix("WORKERS=4 ").replace(GREEN, BLUE))
    await cluster.blue.compose("up", "--detach", "--wait", "--no-recreate")

    assert len(await cluster.blue.containers("worker")) == 3
    assert before <= {one["Id"] for role in ROLES for one in await cluster.blue.containers(role)}


async def test_nothing_is_lost_from_blue_to_green_and_back(cluster: Cluster, core_secret: str) -> None:
    async with traffic(cluster.phone, *cluster.blue_edges, secret=core_secret) as coming:
        await coming.approve()
        await cluster.roll("Roll over", 1)
        coming.edges = cluster.green_edges
        await cluster.roll("Roll over", 2)
        assert await cluster.blue.containers("worker") == []
        await coming.approve()

        await cluster.roll("Roll over", 3)
        assert await cluster.blue.containers("worker") == [], "the api goes back first"
        coming.edges = cluster.blue_edges
        await cluster.roll("Roll over", 4)
        assert await cluster.green.containers("api") == []
        await coming.approve()


async def test_changed_secret_is_used_after_a_restart(cluster: Cluster, core_secret: str) -> None:
    new = secret("of the day after")
    kept(cluster.blue.folder, "WEBHOOK_SIGNING_SECRET").write_text(f"{new},{core_secret}", encoding="utf-8")
    assert await statuses(cluster, new) == {httpx.codes.UNAUTHORIZED}
    await cluster.blue.shell(cluster.commands(GUIDE, "Docker Compose", 4))
    await until_healthy(cluster.blue, *ROLES)

    assert await statuses(cluster, new) == await statuses(cluster, core_secret) == {httpx.codes.OK}
    assert await Traffic(cluster.phone, cluster.blue_edges, new).approve()


async def statuses(cluster: Cluster, bearer: str) -> set[int]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}) as http:
        return {(await http.get(f"{edge}/activity", timeout=15)).status_code for edge in cluster.blue_edges}
