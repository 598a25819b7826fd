"""Gauges read from Temporal and Redis, cached for 15 s."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from domain.errors import GatewayError

_KEPT = timedelta(seconds=15)
"""Temporal allows about ten searches a second by default, and each replica has several scrapers."""

_PATIENCE = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Sample:
    gauge: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[], Awaitable[Sequence[Sample]]]
"""Raises a GatewayError if the values cannot be read."""


class Reading:
    """One source of values.

    While it does not answer, its values are left out: old ones would look like current ones.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._samples: Sequence[Sample] = ()
        self._read_at: float | None = None
        self._under_way: asyncio.Task[None] | None = None

    @property
    def samples(self) -> Sequence[Sample]:
        return self._samples if self._is_fresh else ()

    async def refresh(self) -> None:
        """Reads again if the values are old.

        Concurrent callers share one read, and wait 1.5 s for it.
        """
        if self._is_fresh:
            return
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._take())
        await asyncio.wait({self._under_way}, timeout=_PATIENCE.total_seconds())

    @property
    def _is_fresh(self) -> bool:
        return self._read_at is not None and time.monotonic() - self._read_at < _KEPT.total_seconds()

    async def _take(self) -> None:
        try:
            self._samples = await self._read()
            self._read_at = time.monotonic()
        except GatewayError:
            self._read_at = None
