"""Signals containers, and reads their health and their processes' rights."""

from typing import Any

from tests.containers.commands import Project, docker
from tests.containers.images import SERVERS
from tests.harness.processes import until

PATIENCE_SEC = 300


async def signal(container: dict[str, Any], name: str) -> None:
    """Signals its process from outside, as the kernel does when memory is full.

    To docker it looks like a crash.
    """
    kill = f"kill -{name} {container['State']['Pid']}"
    await docker("run", "--rm", "--pid", "host", "--user", "0", SERVERS, "sh", "-c", kill)


def health(container: dict[str, Any]) -> str:
    return str(container["State"].get("Health", {}).get("Status"))


async def until_healthy(project: Project, *services: str) -> None:
    """Waits until every container of the services is healthy."""

    async def healthy() -> bool:
        found = [one for service in services for one in await project.containers(service)]
        return bool(found) and all(health(one) == "healthy" for one in found)

    await until(healthy, within=PATIENCE_SEC)


async def rights(container: dict[str, Any]) -> dict[str, Any]:
    """Returns the rights in a container's configuration, and those of its process."""
    status = await docker("exec", container["Id"], "cat", "/proc/1/status")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    host = container["HostConfig"]
    return {
        "user": fields["Uid"].split()[0],
        "capabilities": fields["CapEff"].strip(),
        "no_new_privileges": fields["NoNewPrivs"].strip(),
        "read_only": host["ReadonlyRootfs"],
        "privileged": host["Privileged"],
    }


GATEWAY = {
    "user": "10001",
    "capabilities": "0" * 16,
    "no_new_privileges": "1",
    "read_only": True,
    "privileged": False,
}
