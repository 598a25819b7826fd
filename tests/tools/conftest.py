"""The operators' commands, run against the shared gateway of the tests."""

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
    """Returns a function that runs `tools.candidates`, and returns its exit code and lines."""
    for name in ("TEMPORAL_ADDRESS", "WEBHOOK_SIGNING_SECRET"):
        monkeypatch.setenv(name, stack.environment[name])

    async def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()  # discard what this process has logged
        code = await main(arguments)
        return code, capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def brand() -> str:
    return f"b_{uuid4().hex[:10]}"


async def in_terminal(stack: Stack, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Runs the command at a terminal with input; returns its exit code and what is on screen."""
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
    with suppress(OSError):  # Linux raises it once the other side is closed
        while chunk := os.read(terminal, 65536):
            read += chunk
    return read.decode()
