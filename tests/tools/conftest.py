"""The operators' commands, run against the gateway that the tests share."""

import asyncio
import os
import pty
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import pytest

from tests.harness.processes import REPOSITORY
from tests.harness.stack import Stack
from tools.candidates.__main__ import main

Command = Callable[..., Awaitable[tuple[int, list[str]]]]


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The gateway's own command; gives its exit code and its lines."""
    for name in ("TEMPORAL_ADDRESS", "WEBHOOK_SIGNING_SECRET"):
        monkeypatch.setenv(name, stack.environment[name])

    async def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()  # what this process has logged
        code = await main(arguments)
        return code, capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def brand() -> str:
    return f"b_{uuid4().hex[:10]}"


async def in_terminal(stack: Stack, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Run the command at a terminal, where somebody has typed ahead; give its exit code and what is seen."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.candidates", *arguments),
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "120", **stack.environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = await asyncio.to_thread(_read_all, ours)
    os.close(ours)
    return await process.wait(), seen


def _read_all(terminal: int) -> str:
    read = b""
    with suppress(OSError):  # what Linux says once nobody writes any more
        while chunk := os.read(terminal, 65536):
            read += chunk
    return read.decode()
