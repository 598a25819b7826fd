"""Requests that wait for a candidate's decision.

A hint wakes them: the process reads the candidate again, once for all who wait for it. While no
hints arrive, and after a failed read, it reads awaited candidates every few seconds. A lost hint
only costs time, because every wait ends with a read.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

from domain.errors import EngineUnavailableError, TooManyRequestsError
from engine.awaited import Awaited, WaitEnd
from engine.candidates import CandidateRecord

LONGEST_WAIT = timedelta(seconds=50)
"""With the reads before and after, shorter than the 60 s after which proxies give up."""

_RETRY_AFTER = timedelta(seconds=5)
_UNHINTED_SEC = 5
"""Between two reads of an awaited candidate while no hints arrive, or while reads fail."""

_PACE_SEC = 1 / 20
"""Between two such reads of any candidates."""

_READS_AT_ONCE = 50
"""More reads queue: when an api ends, all its clients ask another, and Temporal must keep up."""

_READ_WITHIN_SEC = 7
"""For each other read, including its turn in the queue; a wait ends in time on a slow Temporal."""

_LAST_READ_SEC = 0.4
"""For the last read when the process ends; if it takes longer, the previous read is the answer."""

Gone = Callable[[], Coroutine[Any, Any, None]]
"""Returns once the client has gone."""


class Hints(Protocol):
    async def follow(self, listener: "Waiting") -> None:
        """Passes on hints until cancelled, and reports while none can arrive."""


class Waiting:
    """The waits of one process; satisfies the adapters' HintListener."""

    def __init__(
        self,
        read: Callable[[str], Awaitable[CandidateRecord]],
        most: int,
        on_end: Callable[[WaitEnd, timedelta], None],
    ) -> None:
        """Allows `most` waits at once; calls `on_end` with how each ended and how long it took."""
        self._read = read
        self._most = most
        self._on_end = on_end
        self._awaited: dict[str, Awaited] = {}
        self._subscribed_at: float | None = None
        self._reading = asyncio.Semaphore(_READS_AT_ONCE)
        self._needs_reads = asyncio.Event()
        self._needs_reads.set()
        self._reads_until = math.inf
        self.count = 0

    async def wait(self, candidate_id: str, within: timedelta, gone: Gone) -> CandidateRecord:
        """Reads a candidate once it is decided or its run has ended, or else when the time is over.

        Raises TooManyRequestsError, UnknownCandidateError and EngineUnavailableError.
        """
        began = time.monotonic()
        with self._registered(candidate_id) as awaited:
            record = await _first_read(awaited)
            left = within.total_seconds() - (time.monotonic() - began)
            end = WaitEnd.DECIDED if not record.is_open else WaitEnd.TIME_OVER
            if record.is_open and left > 0:
                end = await _until_over(awaited, left, gone)
                record = await _answer(awaited, end) or record
        self._on_end(end, timedelta(seconds=time.monotonic() - began))
        return record

    def stop(self) -> None:
        """Ends all waits, including later ones, because the process ends."""
        self._reads_until = time.monotonic() + _LAST_READ_SEC
        for awaited in self._awaited.values():
            awaited.end(WaitEnd.STOPPED)

    @asynccontextmanager
    async def woken_by(self, hints: Hints) -> AsyncIterator[None]:
        """Wakes waiters by hints while entered, or by reads while no hints arrive."""
        tasks = [asyncio.create_task(hints.follow(self)), asyncio.create_task(self._read_without_hints())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_without_hints(self) -> None:
        """Reads awaited candidates while no hints arrive, when hints return, and after failures."""
        while True:
            await self._needs_reads.wait()
            await asyncio.sleep(_PACE_SEC)
            first = min(self._awaited.values(), key=self._due_at, default=None)
            due_at = self._due_at(first) if first else math.inf
            if first and due_at <= time.monotonic():
                first.read_anew()
            elif self._subscribed_at and due_at == math.inf:
                self._needs_reads.clear()

    def _due_at(self, awaited: Awaited) -> float:
        """Returns when to read a candidate without a hint.

        That is never, if hints arrived all the time since its last read.
        """
        if self._subscribed_at and awaited.read_at < self._subscribed_at:
            return awaited.read_at
        return math.inf if self._subscribed_at and not awaited.has_failed else awaited.read_at + _UNHINTED_SEC

    def hinted(self, candidate_id: str) -> None:
        if awaited := self._awaited.get(candidate_id):
            awaited.read_anew()

    def subscribed(self) -> None:
        """Notes that hints arrive from now on; earlier ones are lost."""
        self._subscribed_at = time.monotonic()
        self._needs_reads.set()

    def unsubscribed(self) -> None:
        self._subscribed_at = None
        self._needs_reads.set()

    async def _read_in_turn(self, candidate_id: str) -> CandidateRecord:
        async with self._reading:
            if self._reads_until < time.monotonic():
                raise EngineUnavailableError("this process is stopping, and reads nothing more")
            return await self._read(candidate_id)

    @contextmanager
    def _registered(self, candidate_id: str) -> Iterator[Awaited]:
        if self.count >= self._most:
            raise TooManyRequestsError("too many requests wait here; try again after Retry-After", _RETRY_AFTER)
        awaited = self._awaited.setdefault(
            candidate_id, Awaited(lambda: self._read_in_turn(candidate_id), self._needs_reads.set)
        )
        if self._reads_until < math.inf:
            awaited.end(WaitEnd.STOPPED)
        awaited.waiters += 1
        self.count += 1
        try:
            yield awaited
        finally:
            self.count -= 1
            awaited.waiters -= 1
            if not awaited.waiters:
                del self._awaited[candidate_id]


async def _first_read(awaited: Awaited) -> CandidateRecord:
    try:
        return await awaited.read(_READ_WITHIN_SEC)
    except TimeoutError:
        raise EngineUnavailableError("Temporal is too slow for the number of requests that wait here") from None


async def _until_over(awaited: Awaited, seconds: float, gone: Gone) -> WaitEnd:
    leaving = asyncio.create_task(gone())
    first: set[asyncio.Future[Any]] = {awaited.over, leaving}
    try:
        await asyncio.wait(first, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
    if awaited.over.done():
        return awaited.over.result()
    return WaitEnd.CLIENT_GONE if leaving.done() else WaitEnd.TIME_OVER


async def _answer(awaited: Awaited, end: WaitEnd) -> CandidateRecord | None:
    """Returns the candidate as it is; if the client or process leaves, as it was read last."""
    if end is WaitEnd.TIME_OVER:
        with suppress(TimeoutError):
            return await awaited.read(_READ_WITHIN_SEC)
    if end is WaitEnd.STOPPED:
        with suppress(TimeoutError, EngineUnavailableError):
            return await awaited.read(_LAST_READ_SEC)
    return awaited.latest
