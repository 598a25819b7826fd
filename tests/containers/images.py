"""A test run's images: the gateway's from `make images`, and stand-ins for other servers'."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.containers.checkout import check_out, lock_of_servers
from tests.containers.commands import docker, run
from tests.harness.processes import REPOSITORY

NAME = "approval-gateway-test"
SERVERS, OUTSIDE, DOOR = f"{NAME}-servers", f"{NAME}-outside", f"{NAME}-door"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Images:
    """The gateway's images, with the checkout that they were built from and their tag."""

    checkout: Path
    tag: str

    def of(self, role: str) -> str:
        return f"{NAME}-{role}:{self.tag}"


async def build(folder: Path, tag: str) -> Images:
    checkout = check_out(folder / "checkout")
    await run("make", "images", f"REPOSITORY={NAME}", f"TAG={tag}", folder=checkout)
    images = Images(checkout, tag)
    servers = Path(shutil.copytree(_HERE / "servers", folder / "servers"))
    (servers / "servers.lock").write_text(lock_of_servers(), encoding="utf-8")
    await docker("build", "--tag", SERVERS, str(servers))
    outside = Path(shutil.copytree(_HERE / "outside", folder / "outside"))
    shutil.copytree(REPOSITORY / "simulator", outside / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    await docker("build", "--tag", OUTSIDE, "--build-arg", f"GATEWAY={images.of('api')}", str(outside))
    await docker("build", "--tag", DOOR, str(_HERE / "door"))
    return images
