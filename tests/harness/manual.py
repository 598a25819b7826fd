"""Runs the commands in a document exactly as they are written."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.processes import REPOSITORY

_FENCE = re.compile(r"^```(?:bash|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{2,} (.+)$", re.MULTILINE)


@dataclass
class Manual:
    """A document whose shell blocks run in an environment; it remembers which were run."""

    path: str
    environment: Mapping[str, str]
    preamble: str = ""
    """Runs before each block, in the same shell."""

    tried: set[str] = field(default_factory=set)

    def scripts(self, heading: str | None = None) -> list[str]:
        """Returns the document's shell blocks, or those between a heading and the next heading."""
        text = (REPOSITORY / self.path).read_text(encoding="utf-8")
        if heading is None:
            return _FENCE.findall(text)
        _, *parts = _HEADING.split(text)
        return _FENCE.findall(dict(zip(parts[::2], parts[1::2], strict=True))[heading])

    @property
    def untried(self) -> list[str]:
        return [script for script in self.scripts() if script not in self.tried]

    def take(self, heading: str, number: int = 0, instead: Mapping[str, str] | None = None) -> str:
        """Returns a block for a test to run, with the document's examples replaced.

        Fails if an example is not in the block: the document has changed, and the test must follow.
        """
        script = self.scripts(heading)[number]
        self.tried.add(script)
        for example, real in (instead or {}).items():
            assert example in script, f"{example} is not in:\n{script}"
            script = script.replace(example, real)
        return script

    async def attempt(self, heading: str, number: int = 0, instead: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Runs a block that `take` returns; returns its exit code and its output."""
        return await self._shell(self.take(heading, number, instead))

    async def run(self, heading: str, number: int = 0, instead: Mapping[str, str] | None = None) -> str:
        """Runs a block that must succeed; returns its output."""
        code, output = await self.attempt(heading, number, instead)
        assert code == 0, output
        return output

    async def run_inline(self, command: str, instead: Mapping[str, str] | None = None) -> str:
        """Runs a command from a line of the document; it must succeed. Returns its output."""
        assert f"`{command}`" in (REPOSITORY / self.path).read_text(encoding="utf-8"), f"not in {self.path}: {command}"
        for example, real in (instead or {}).items():
            assert example in command
            command = command.replace(example, real)
        code, output = await self._shell(command)
        assert code == 0, output
        return output

    async def _shell(self, script: str) -> tuple[int, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", f"{self.preamble}\n{script}"),
            env={"PATH": path, "HOME": os.environ["HOME"], **self.environment},
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), timeout=60)
        return process.returncode or 0, output.decode()
