"""Limits the starts of each brand, so that a brand with hundreds at once delays only itself."""

import asyncio
from weakref import WeakValueDictionary

_AT_ONCE = 4
"""Starts of one brand at a time; more did not raise the rate on Temporal's development server."""


class BrandTurns:
    """Limits one edge process; a brand without a start in progress is not remembered."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, brand_id: str) -> asyncio.Semaphore:
        """Returns the semaphore that a brand's starts acquire, first come, first served."""
        return self._turns.setdefault(brand_id, asyncio.Semaphore(_AT_ONCE))
