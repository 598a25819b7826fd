"""Processes that a test starts, disturbs and stops."""

import asyncio
import inspect
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from tests.harness import forks

T = TypeVar("T")
Ready = str | Callable[[], Awaitable[object]]
"""A text that a process writes once it is ready, or a condition that is true then."""

_LONGEST_PAUSE_SEC = 0.25
"""Between two checks of a condition; each check slows down the machine the test waits for."""

_LONGEST_STOP_SEC = 95
"""A worker ends its sends first, which takes at most 70 s."""

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Below the range that Linux and macOS use for outgoing connections. Each test process has its own
# part, and each test run begins at a different place in it, so that two runs on one machine seldom
# choose the same port at once.
_PORTS = (20_000 + _WORKER * 2_000 + number % 2_000 for number in count(os.getpid() * 97))

REPOSITORY = Path(__file__).parents[2]


def free_port() -> int:
    """Returns a port that nothing listens on, and that no outgoing connection can take."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port := next(_PORTS)))
            return port


@overload
async def until(ask: Callable[[], Awaitable[T | None]], *, within: float = 40, every: float = 0.05) -> T: ...


@overload
async def until(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], *, within: float = 40, every: float = 0.05
) -> T: ...


@overload
async def until(ask: Callable[[], bool], *, within: float = 40, every: float = 0.05) -> bool: ...


async def until(
    ask: Callable[[], Any], holds: Callable[[Any], object] = bool, *, within: float = 40, every: float = 0.05
) -> Any:
    """Asks until `holds` accepts the answer, and returns it; a connection error counts as not yet.

    `until(lambda: phone.attempts(target))` waits for the first attempt, and
    `until(lambda: phone.attempts(target), lambda made: len(made) == 2)` for the second.
    """
    answer = None
    try:
        async with asyncio.timeout(within):
            while True:
                with suppress(OSError):
                    answer = await _resolved(ask())
                    if holds(answer):
                        return answer
                await asyncio.sleep(every)
                every = max(every, min(every * 1.2, _LONGEST_PAUSE_SEC))
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {ask}; last seen: {answer}") from None


def _may_run(thread: Path) -> bool:
    """Returns whether a thread has neither stopped nor ended (proc_pid_stat(5))."""
    try:
        return thread.read_text().rpartition(")")[2].split()[0] not in "TZX"
    except OSError:
        return False


async def _resolved(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


async def until_clock(moment: datetime) -> None:
    await until(lambda: datetime.now(UTC) > moment, every=0.01)


async def run_python(*arguments: str, environment: Mapping[str, str], folder: Path = REPOSITORY) -> tuple[int, str]:
    """Runs a Python command to its end, with only this environment and PATH.

    Returns its exit code and its output.
    """
    whole = {"PATH": os.environ["PATH"], **environment}
    if folder == REPOSITORY and forks.can_run(arguments):
        written = output_file()
        code = await asyncio.wait_for(forks.run(arguments, whole, folder, written).wait(), timeout=60)
        return code, written.read_text(encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env=whole,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), timeout=60)
    return process.returncode or 0, output.decode()


def program(name: str) -> str | None:
    """Returns the path of an installed program, or of one that .ci/fetch fetched; None without."""
    return shutil.which(name) or shutil.which(name, path=str(REPOSITORY / ".tools"))


async def listen(*ports: int) -> bool:
    """Returns whether something listens on these ports of this machine; raises OSError if not."""
    for port in ports:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
    return True


def output_file() -> Path:
    """Creates an empty file, which pytest removes with those of older runs."""
    return Path(tempfile.mkstemp(prefix="gateway-test-", suffix=".log")[1])


class Process:
    """A command in its own process group; its output goes to a file."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        ready: Ready,
        folder: Path = REPOSITORY,
    ) -> None:
        self._command = command
        self._environment = {**os.environ, **environment}
        self._ready = ready
        self._folder = folder
        self._output = output_file()
        self._started_at = 0
        self._process: asyncio.subprocess.Process | forks.Fork | None = None

    @classmethod
    def python(
        cls,
        *arguments: str,
        environment: Mapping[str, str],
        ready: Ready,
        folder: Path = REPOSITORY,
    ) -> Self:
        return cls([sys.executable, *arguments], environment, ready, folder)

    @property
    def output(self) -> str:
        """Its output since its last start."""
        return self._output.read_bytes()[self._started_at :].decode(errors="replace")

    async def start(self) -> None:
        """Starts it and waits until it is ready; a test must not start a running one."""
        assert self._process is None
        self._started_at = self._output.stat().st_size
        self._process = await self._started()
        await until(self._ready_or_dead, within=30)

    async def stop(self) -> int | None:
        """Ends it as an operator would; returns its exit code, or None if it was not running."""
        return await self._end(signal.SIGTERM)

    async def restart(self, **changes: str) -> None:
        """Ends it as an operator would, and starts it again with other settings."""
        await self.stop()
        self._environment |= changes
        await self.start()

    async def kill(self) -> None:
        """Ends it without a chance to clean up."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stops it until `thaw`; returns once all its threads have stopped.

        On a busy machine that takes up to a tenth of a second, in which a server still answers.
        """
        self._signal(signal.SIGSTOP)
        while any(map(_may_run, Path(f"/proc/{self.pid}/task").glob("*/stat"))):  # only Linux lists threads
            time.sleep(0.001)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode if self._process else None

    @property
    def ended_by_itself(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    async def _started(self) -> asyncio.subprocess.Process | forks.Fork:
        program, *arguments = self._command
        if program == sys.executable and self._folder == REPOSITORY and forks.can_run(arguments):
            return forks.run(arguments, self._environment, self._folder, self._output)
        with self._output.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def _ready_or_dead(self) -> object:
        assert self._process is not None
        assert self._process.returncode is None, f"{self._command} ended:\n{self.output[-2000:]}"
        return self._ready in self.output if isinstance(self._ready, str) else await self._ready()

    async def _end(self, signal_number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        self._signal(signal_number)
        try:
            return await asyncio.wait_for(self._process.wait(), timeout=_LONGEST_STOP_SEC)
        finally:
            self._process = None

    def _signal(self, signal_number: signal.Signals) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal_number)
