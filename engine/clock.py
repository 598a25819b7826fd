"""Temporal's clock, estimated from this process's clock and how far that is behind."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.service import RPCError

from domain.errors import GatewayError

_PERIOD = timedelta(minutes=1)
_TRUSTED = timedelta(hours=1)
_MOST_DOUBT = timedelta(seconds=1)
_HARMLESS = timedelta(seconds=2)


def own_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Skew:
    """How far Temporal's clock is ahead, give or take `doubt`; `taken_at` is monotonic."""

    ahead: timedelta
    doubt: timedelta
    taken_at: float


class EngineClock:
    """Compares the two clocks when a run is started, at most once a minute."""

    def __init__(self, own: Callable[[], datetime] = own_clock) -> None:
        self._own = own
        self._skew: _Skew | None = None
        self._tried_at: float | None = None
        self._measuring: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Returns the time by Temporal's clock; before the first comparison, by our own clock."""
        return self._own() + (self._skew.ahead if self._skew else timedelta(0))

    def is_past(self, deadline: datetime, at: datetime) -> bool:
        """Returns whether a moment of `now()` is certainly later than a moment of Temporal's.

        Returns False if the last comparison is more than an hour old.
        """
        skew = self._skew
        if skew is None or time.monotonic() - skew.taken_at > _TRUSTED.total_seconds():
            return False
        return at - skew.doubt > deadline

    @asynccontextmanager
    async def measured_by(self, started_at: Callable[[], Awaitable[datetime]]) -> AsyncIterator[None]:
        """Compares the clocks, if due, by the run that the `with` block starts; does not wait."""
        before = self._own()
        yield
        after = self._own()
        now = time.monotonic()
        is_due = self._tried_at is None or now - self._tried_at > _PERIOD.total_seconds()
        if is_due and timedelta(0) <= (doubt := (after - before) / 2) < _MOST_DOUBT:
            self._tried_at = now
            self._measuring = asyncio.create_task(self._measure(before + doubt, doubt, started_at))

    async def _measure(self, middle: datetime, doubt: timedelta, started_at: Callable[[], Awaitable[datetime]]) -> None:
        try:
            self._skew = _Skew(await started_at() - middle, doubt, time.monotonic())
        except (GatewayError, RPCError):
            return

    @property
    def ahead(self) -> timedelta | None:
        """How far Temporal's clock is ahead of this process's; None before the first comparison."""
        return self._skew.ahead if self._skew else None

    @property
    def problem(self) -> str | None:
        """How far the two clocks differ, in words, if that is known and matters."""
        ahead = self.ahead or timedelta(0)
        if abs(ahead) < _HARMLESS:
            return None
        return f"{abs(ahead).total_seconds():.0f} s {'behind' if ahead > timedelta(0) else 'ahead of'} Temporal"
