"""Runs an operator's commands, mostly docker's, in a test's folder and environment."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


async def attempt(*command: str, folder: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Runs a command to its end; returns its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode(errors="replace")


async def run(*command: str, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command that must succeed; returns its output."""
    code, output = await attempt(*command, folder=folder, environment=environment)
    assert code == 0, f"{' '.join(command)}\n{output[-6000:]}"
    return output.strip()


async def docker(*arguments: str) -> str:
    return await run("docker", *arguments, folder=Path("/"))


async def inspected(thing: str) -> dict[str, Any]:
    """Returns docker's description of a container or an image."""
    (found,) = json.loads(await docker("inspect", thing))
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True)
class Project:
    """An operator's folder with compose files; `environment` chooses the files and the project."""

    folder: Path
    environment: Mapping[str, str]

    async def shell(self, script: str, **more: str) -> str:
        """Runs commands from a document."""
        return await run("bash", "-euo", "pipefail", "-c", script, folder=self.folder, environment=self._with(more))

    async def attempt(self, script: str, **more: str) -> tuple[int, str]:
        command = ("bash", "-euo", "pipefail", "-c", script)
        return await attempt(*command, folder=self.folder, environment=self._with(more))

    async def compose(self, *arguments: str) -> str:
        return await run("docker", "compose", *arguments, folder=self.folder, environment=self.environment)

    async def containers(self, service: str) -> list[dict[str, Any]]:
        """Returns docker's descriptions of a service's containers."""
        ids = (await self.compose("ps", "--all", "--quiet", service)).split()
        return [await inspected(one) for one in ids]

    async def container(self, service: str) -> dict[str, Any]:
        (only,) = await self.containers(service)
        return only

    def _with(self, more: Mapping[str, str]) -> dict[str, str]:
        return {**self.environment, **more}
