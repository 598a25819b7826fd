"""Texts that the gateway sent on iMessage, in Redis: in a chat with oneself they come back as the owner's.

What is lost costs one needless answer, which is recognised when it comes back.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.candidate import Approver
from domain.identifiers import own_text_mark

log = structlog.get_logger()

PREFIX = "chats:own:"
"""Of the keys."""

_KEPT = timedelta(days=1)
"""As long as unread messages are caught up, these among them."""

_PATIENCE_SEC = 1.0


class OwnTexts:
    """Satisfies the edge's Echoes; `secret` keys the hashes that stand for the texts."""

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis = redis
        self._secret = secret

    async def note(self, reader: Approver, text: str) -> None:
        """Notes a text that is about to be sent; what Redis does not take in time is lost."""
        await _patient(self._redis.set(self._key(reader, text), 1, ex=_KEPT))

    async def include(self, reader: Approver, text: str) -> bool:
        """Tells whether this text was sent to this chat within a day; False if Redis does not say."""
        return bool(await _patient(self._redis.exists(self._key(reader, text))))

    def _key(self, reader: Approver, text: str) -> str:
        return f"{PREFIX}{own_text_mark(self._secret, reader, text)}"


async def _patient(asked: Awaitable[Any]) -> Any:
    """Waits a moment for Redis; None if it does not answer."""
    try:
        async with asyncio.timeout(_PATIENCE_SEC):
            return await asked
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("own_texts_unavailable", reason=type(error).__name__)
        return None
