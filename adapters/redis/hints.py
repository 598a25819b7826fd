"""Hints that a candidate is decided, sent from workers to apis through Redis; each can be lost.

Nothing is stored. All databases of a server share Redis's channels, so a hint can be another
gateway's.
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
"""After this long without a hint, a ping checks that Redis is there."""

_PATIENCE_SEC = 1.0
_PAUSE_SEC = 1.0
"""The pause between two attempts to subscribe."""


class HintListener(Protocol):
    def hinted(self, candidate_id: str) -> None:
        """Handles a hint."""

    def subscribed(self) -> None:
        """Notes that hints arrive from now on; earlier ones are lost."""

    def unsubscribed(self) -> None:
        """Notes that no more hints arrive."""


class RedisHints:
    """Satisfies the activities' DecisionHints, and delivers their hints to the edge."""

    def __init__(self, redis: Redis, on_failure: Callable[[str], None]) -> None:
        """`on_failure` gets the operation that Redis failed: `publish_hint` or `follow_hints`."""
        self._redis = redis
        self._on_failure = on_failure

    async def publish(self, candidate_id: str) -> None:
        """Publishes a hint; returns within half a second, even if the hint is lost."""
        publishing = asyncio.create_task(self._publish(candidate_id))
        await asyncio.wait({publishing}, timeout=_PUBLISHED_WITHIN_SEC)
        if not publishing.done():
            publishing.cancel()  # can take as long again, while redis-py closes the unresponsive connection
            self._on_failure("publish_hint")

    async def follow(self, listener: HintListener) -> None:
        """Passes hints to the listener until cancelled, and tells it when none can arrive."""
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
        """Passes on hints; raises RedisError once Redis is gone.

        redis-py resubscribes by itself if it can; that confirms it anew.
        """
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
