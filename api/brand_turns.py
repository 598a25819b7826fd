"""Turns of brands at the engine: whoever hands in hundreds at once waits for itself, not others for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from domain.errors import EngineUnavailableError

_AT_ONCE = 4
"""Starts of one brand; more at a time brought no higher rate (docs/performance.md)."""

_PATIENCE = timedelta(seconds=6)
"""For a turn; core waits 15 s, of which a start may take as many again."""


class BrandTurns:
    """One edge's own; a brand that has nothing under way is not remembered."""

    def __init__(self, patience: timedelta = _PATIENCE) -> None:
        self._patience = patience
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, brand_id: str) -> AsyncIterator[None]:
        """Wait for a turn of the brand, first come, first served; raises EngineUnavailableError if that takes long."""
        turns = self._turns.setdefault(brand_id, asyncio.Semaphore(_AT_ONCE))
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await turns.acquire()
        except TimeoutError:
            raise EngineUnavailableError("too many candidates of this brand are handed in at once; try again") from None
        try:
            yield
        finally:
            turns.release()
