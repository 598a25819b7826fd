"""Turns of brands at the engine: whoever hands in hundreds at once waits for itself, not others for it."""

import asyncio
from weakref import WeakValueDictionary

_AT_ONCE = 4
"""Starts of one brand; more at a time brought no higher rate on Temporal's development server."""


class BrandTurns:
    """One edge's own; a brand that has nothing under way is not remembered."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, brand_id: str) -> asyncio.Semaphore:
        """Give what a brand's start waits for, first come, first served."""
        return self._turns.setdefault(brand_id, asyncio.Semaphore(_AT_ONCE))
