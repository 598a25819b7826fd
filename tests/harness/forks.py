"""Runs the product's modules as forks of one process that has imported them.

The tests start them hundreds of times, and imports are most of a start. Pid, signals, environment,
output and exit code are the same as with `python -m`.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_IMPORTED = [
    "api.app",
    "api.server",
    "simulator.app",
    "standalone.app",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "worker.app",
]
_FORKED = {
    "api",
    "simulator",
    "standalone",
    "tools.candidates",
    "tools.doctor",
    "tools.setup_temporal",
    "tools.setup_twilio",
    "worker",
}


class Fork:
    """A process with those methods of asyncio's processes that the tests use."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self._process = process
        self._ended: asyncio.Event | None = None

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def end(self, number: signal.Signals) -> None:
        """Sends it a signal unless it has ended, then waits for its end."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
        self._process.join()

    async def wait(self) -> int:
        """Waits for its end; several tasks can wait at once."""
        if self._ended is None:
            self._ended = asyncio.Event()
            asyncio.get_running_loop().add_reader(self._process.sentinel, self._note_end, self._ended)
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _note_end(self, ended: asyncio.Event) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        ended.set()


def can_run(arguments: Sequence[str]) -> bool:
    """Returns whether `python` with these arguments can be forked: in pytest, not in benchmarks."""
    return "PYTEST_VERSION" in os.environ and arguments[0] == "-m" and arguments[1] in _FORKED


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, output: Path) -> Fork:
    """Runs a module that `can_run` allows, in its own session; appends its output to the file."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    process = context.Process(target=_become, args=(arguments[1:], dict(environment), folder, output), daemon=True)
    process.start()
    return Fork(process)


def _become(arguments: Sequence[str], environment: Mapping[str, str], folder: Path, output: Path) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    sys.stdout = os.fdopen(os.dup2(file, 1), "w", encoding="utf-8")
    sys.stderr = os.fdopen(os.dup2(file, 2), "w", encoding="utf-8", buffering=1)
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
