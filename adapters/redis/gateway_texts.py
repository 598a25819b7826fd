"""Remembers texts that the gateway sent on iMessage, because some return as the owner's messages.

That happens in a chat with oneself. Each text that is lost costs a needless answer, which is
recognized when it returns.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.candidate import Approver
from domain.identifiers import gateway_text_mark

log = structlog.get_logger()

PREFIX = "chats:own:"
"""The prefix of the keys."""

_KEPT = timedelta(days=1)
"""The age up to which unread messages are forwarded, the gateway's own among them."""

_PATIENCE_SEC = 1.0


class GatewayTexts:
    """Satisfies the edge's Echoes; `secret` keys the hashes of the texts."""

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis = redis
        self._secret = secret

    async def note(self, reader: Approver, text: str) -> None:
        """Notes a text that is about to be sent; the note is lost if Redis is too slow."""
        await _patient(self._redis.set(self._key(reader, text), 1, ex=_KEPT))

    async def include(self, reader: Approver, text: str) -> bool:
        """Returns whether this text was sent to this chat within a day; False without Redis."""
        return bool(await _patient(self._redis.exists(self._key(reader, text))))

    def _key(self, reader: Approver, text: str) -> str:
        return f"{PREFIX}{gateway_text_mark(self._secret, reader, text)}"


async def _patient(asked: Awaitable[Any]) -> Any:
    """Waits a second for Redis; returns None if it does not answer."""
    try:
        async with asyncio.timeout(_PATIENCE_SEC):
            return await asked
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("gateway_texts_unavailable", reason=type(error).__name__)
        return None
