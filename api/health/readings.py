"""Figures that a scrape of the metrics shows, and that others keep: read now and then, and never waited for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from domain.errors import GatewayError

_KEPT = timedelta(seconds=15)
"""Temporal allows some ten searches a second by default, and every replica is scraped by several."""

_PATIENCE = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Sample:
    gauge: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[], Awaitable[Sequence[Sample]]]
"""Raises a GatewayError if the figures cannot be had."""


class Reading:
    """One source of figures. They are absent while it does not answer: an old figure would look like a good one."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._samples: Sequence[Sample] = ()
        self._read_at: float | None = None
        self._under_way: asyncio.Task[None] | None = None

    @property
    def samples(self) -> Sequence[Sample]:
        return self._samples if self._is_fresh else ()

    async def refresh(self) -> None:
        """Read anew if it is time to; whoever comes meanwhile waits for the same reading, and not for long."""
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
