"""Requests per client, counted in Redis over a sliding minute.

If a client cannot be counted, its request is allowed: the limit reduces load, and no promise
depends on it.
"""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.failures import reason
from domain.errors import RedisUnavailableError

log = structlog.get_logger()

_TIMEOUT_SEC = 1.0
_PAUSE_SEC = 5.0
"""How long Redis is not asked after a failure, so that an outage delays only the first requests."""


_PREFIX = "clients"
_NOBODY = "nobody"
_WIDE = 1_000_000
_KEPT = timedelta(seconds=10)


async def check(redis: Redis) -> None:
    """Tries what counting needs: two requests, and a rename as at each new minute.

    Raises RedisUnavailableError.
    """
    old, new = (f"{_PREFIX}:{_NOBODY}:{uuid4().hex}" for _ in range(2))
    try:
        limiter, limit = _limiter(redis), RateLimitItemPerMinute(_WIDE)
        for _ in range(2):  # the second one of a minute increments the first
            await limiter.hit(limit, _NOBODY)
        await redis.set(old, 1, ex=_KEPT)
        await redis.rename(old, new)
    except (RedisError, OSError) as error:
        raise RedisUnavailableError(f"requests per client are not limited: {reason(error)}") from None


def _limiter(redis: Redis) -> SlidingWindowCounterRateLimiter:
    pool = redis.connection_pool
    storage = RedisStorage("redis://", implementation="redispy", key_prefix=_PREFIX, connection_pool=pool)  # type: ignore[arg-type]  # an option of the library
    return SlidingWindowCounterRateLimiter(storage)


class ClientLimits:
    """Satisfies the edge's RequestQuota."""

    def __init__(self, redis: Redis, per_minute: int, on_failure: Callable[[], None]) -> None:
        self._limiter = _limiter(redis)
        self._limit = RateLimitItemPerMinute(per_minute)
        self._on_failure = on_failure
        self._paused_until = 0.0

    async def ask(self, client: str) -> timedelta | None:
        """Counts a request.

        Returns None if it is within the limit, otherwise the time until the next one is.
        """
        if time.monotonic() < self._paused_until:
            return None
        counting = asyncio.create_task(self._count(client))
        await asyncio.wait({counting}, timeout=_TIMEOUT_SEC)
        if counting.done():
            return counting.result()
        counting.cancel()  # can take as long again, while redis-py closes the unresponsive connection
        self._pause("it is too slow")
        return None

    async def _count(self, client: str) -> timedelta | None:
        try:
            if await self._limiter.hit(self._limit, client):
                return None
            free = await self._limiter.get_window_stats(self._limit, client)
        except (RedisError, OSError) as error:
            self._pause(reason(error))
            return None
        return timedelta(seconds=max(1, math.ceil(free.reset_time - time.time())))

    def _pause(self, why: str) -> None:
        self._on_failure()
        now = time.monotonic()
        if now >= self._paused_until:
            log.warning("clients_not_limited", reason=why)
        self._paused_until = now + _PAUSE_SEC
