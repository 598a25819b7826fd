"""Hints that a candidate is decided, which Redis passes from workers to apis; each may be lost.

Nothing is kept. Redis shares a channel among all databases of a server: a hint may be another gateway's.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from adapters.redis.failures import reason

log = structlog.get_logger()

CHANNEL = "hints:decided"

_PUBLISHED_WITHIN_SEC = 0.5
_QUIET_SEC = 2.0
"""Without a hint for so long, Redis is asked whether it is there."""

_PATIENCE_SEC = 1.0
_PAUSE_SEC = 1.0
"""Between two attempts to subscribe."""


class HintListener(Protocol):
    def hinted(self, candidate_id: str) -> None:
        """Take a hint."""

    def subscribed(self) -> None:
        """Know that hints come from now on; those before are lost."""

    def unsubscribed(self) -> None:
        """Know that no hint comes."""


class RedisHints:
    """Satisfies the activities' DecisionHints, and gives the edge what they publish."""

    def __init__(self, redis: Redis, on_failure: Callable[[str], None]) -> None:
        """`on_failure` is called with the operation that Redis did not perform: `publish_hint` or `follow_hints`."""
        self._redis = redis
        self._on_failure = on_failure

    async def publish(self, candidate_id: str) -> None:
        """Return within half a second, whatever becomes of the hint."""
        publishing = asyncio.create_task(self._publish(candidate_id))
        await asyncio.wait({publishing}, timeout=_PUBLISHED_WITHIN_SEC)
        if not publishing.done():
            publishing.cancel()  # which may take as long again: redis-py closes a connection that does not answer
            self._on_failure("publish_hint")

    async def follow(self, listener: HintListener) -> None:
        """Pass on the hints for as long as this runs, and say while none can come."""
        is_new = True
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    is_new = True
                    await self._listen(pubsub, listener)
            except (RedisError, OSError) as error:
                listener.unsubscribed()
                self._on_failure("follow_hints")
                if is_new:
                    log.warning("hints_unavailable", reason=reason(error))
                is_new = False
            await asyncio.sleep(_PAUSE_SEC)

    async def _publish(self, candidate_id: str) -> None:
        try:
            await self._redis.publish(CHANNEL, candidate_id)
        except (RedisError, OSError):
            self._on_failure("publish_hint")

    @staticmethod
    async def _listen(pubsub: PubSub, listener: HintListener) -> None:
        """Raise RedisError once Redis is gone; redis-py subscribes again by itself where it can, and confirms that."""
        while True:
            message = await pubsub.get_message(timeout=_QUIET_SEC)
            if message is None:
                await pubsub.ping()
                message = await pubsub.get_message(timeout=_PATIENCE_SEC)
            if message is None:
                raise RedisConnectionError("no answer to a ping")
            if message["type"] == "subscribe":
                listener.subscribed()
            elif message["type"] == "message":
                listener.hinted(message["data"].decode(errors="replace"))
