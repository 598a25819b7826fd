"""Finds out who was ever asked anything. Strangers cost few searches, however much they write.

The chats' memories and the brands' owners need no search. For everybody else, a search is
made now and then, so that owners are still heard after Redis loses its data.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.chat_memory import Recollection
from domain.errors import EngineUnavailableError
from engine.approvers import BrandBook

_UNKNOWN_FOR_SEC = 60.0
_KNOWN_FOR_SEC = 600.0
_BETWEEN_SEARCHES_SEC = 1.0
"""For all strangers on a channel, in this process. Temporal's default is ten searches a second."""
_AT_ONCE = 4
_MOST = 10_000


@dataclass(frozen=True)
class _Found:
    is_known: bool
    until: float


class KnownSenders:
    """`search` looks for any candidate that was ever addressed to a sender."""

    def __init__(
        self,
        brands: BrandBook,
        search: Callable[[Sequence[Approver]], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._brands = brands
        self._search = search
        self._clock = clock
        self._found: OrderedDict[tuple[Approver, ...], _Found] = OrderedDict()
        self._searching: dict[tuple[Approver, ...], asyncio.Task[bool]] = {}
        self._next_search_at = dict.fromkeys(Channel, 0.0)

    async def include(self, senders: tuple[Approver, ...], recollection: Recollection | None) -> bool:
        """Returns whether a sender was ever asked.

        Raises EngineUnavailableError if that cannot be found out now.
        """
        if (recollection and not recollection.is_empty) or self.include_owner(senders):
            return True
        found = self._found.get(senders)
        if found and self._clock() < found.until:
            return found.is_known
        if senders not in self._searching:
            self._searching[senders] = asyncio.create_task(self._find(senders))
        return await asyncio.shield(self._searching[senders])

    def include_owner(self, senders: tuple[Approver, ...]) -> bool:
        """Returns whether a sender is a brand's owner, which needs no search."""
        return any(map(self._brands.is_owner, senders))

    async def _find(self, senders: tuple[Approver, ...]) -> bool:
        try:
            await self._take_turn(senders[0].channel)
            is_known = await self._search(senders)
        finally:
            del self._searching[senders]
        self._found[senders] = _Found(is_known, self._clock() + (_KNOWN_FOR_SEC if is_known else _UNKNOWN_FOR_SEC))
        self._found.move_to_end(senders)
        if len(self._found) > _MOST:
            self._found.popitem(last=False)
        return is_known

    async def _take_turn(self, channel: Channel) -> None:
        """Waits for a turn among the channel's strangers.

        Raises EngineUnavailableError if that would take too long.
        """
        now = self._clock()
        turn_at = max(now - (_AT_ONCE - 1) * _BETWEEN_SEARCHES_SEC, self._next_search_at[channel])
        if turn_at - now > channel.traits.stranger_patience.total_seconds():
            raise EngineUnavailableError("too many unknown senders write at once")
        self._next_search_at[channel] = turn_at + _BETWEEN_SEARCHES_SEC
        await asyncio.sleep(max(0, turn_at - now))
