"""A candidate that requests wait for: they share its reads, and a decision ends their waits."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum

from engine.candidates import CandidateRecord


class WaitEnd(StrEnum):
    """Why a wait ended; a run that ends without a decision counts as decided."""

    DECIDED = "decided"
    TIME_OVER = "time_over"
    STOPPED = "stopped"
    CLIENT_GONE = "client_gone"


class Awaited:
    """`over` resolves when the waits end; `has_failed`: a read failed since the last one began."""

    def __init__(self, read: Callable[[], Awaitable[CandidateRecord]], on_failure: Callable[[], None]) -> None:
        self._read = read
        self._on_failure = on_failure
        self._reading: asyncio.Task[CandidateRecord] | None = None
        self.over: asyncio.Future[WaitEnd] = asyncio.get_running_loop().create_future()
        self.waiters = 0
        self.read_at = -math.inf
        self.has_failed = False
        self.latest: CandidateRecord | None = None

    async def read(self, within: float) -> CandidateRecord:
        """Waits for the current read, or a new one; raises TimeoutError after `within` seconds."""
        if self._reading is None or self._reading.done():
            self.read_anew()
        assert self._reading is not None
        async with asyncio.timeout(within):
            return await asyncio.shield(self._reading)

    def read_anew(self) -> None:
        """Begins a new read, because the current one might have begun before the change."""
        self.read_at = time.monotonic()
        self.has_failed = False
        self._reading = asyncio.create_task(self._take())
        self._reading.add_done_callback(self._note_failure)

    def end(self, end: WaitEnd) -> None:
        if not self.over.done():
            self.over.set_result(end)

    def _note_failure(self, reading: asyncio.Task[CandidateRecord]) -> None:
        if reading.cancelled() or reading.exception():
            self.has_failed = True
            self._on_failure()

    async def _take(self) -> CandidateRecord:
        record = await self._read()
        if self.latest is None or self.latest.is_open:  # reads can overtake each other, and a decision is final
            self.latest = record
        if not record.is_open:
            self.end(WaitEnd.DECIDED)
        return self.latest
