"""The images that the tests with a container engine share; they are built once."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.containers.commands import docker
from tests.containers.images import DOOR, NAME, OUTSIDE, SERVERS, Images, build


@pytest.fixture(scope="session")
async def images(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Images]:
    """The gateway's images, removed at the end; the engine keeps its build cache."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:  # noqa: ASYNC221, S607  # nothing else runs yet
        pytest.skip("docker info fails")
    folder: Path = tmp_path_factory.mktemp("images")
    yield await build(folder, "blue")
    built = (await docker("images", "--quiet", "--filter", f"reference={NAME}-*")).split()
    await docker("rmi", "--force", *{*built, SERVERS, OUTSIDE, DOOR})
