"""Limiters that decide whether a message can start: the slots, two libraries, and a plain script.

All share a client and its connections, and have the same bucket. `limits` has windows: each allows
as many as the bucket contains, in the time in which the bucket fills. Its moving window is exact.
The nearest to the slots is throttled's GCRA, which also keeps the moment at which the bucket is
full again. Its token bucket, the default, counts whole seconds.
"""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, cast

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from throttled.asyncio import Quota, Rate, RateLimiterType, RedisStore, Throttled

from domain.sending.slots import SlotStatus
from tests.harness.slots import question, slots_of

PLAIN = "plain EVALSHA"
SLOTS = "slots"

_KEYS = 9
_ARGUMENTS = 11
_PLENTY = 1_000_000
_LASTS_SEC = 7200.0
"""Longer than any wait, so that a refused caller asks again."""

_NUMBERS = count(1)

Ask = Callable[[], Awaitable[bool]]
"""Asks the same question again at each call; returns whether its message can start."""


@dataclass(frozen=True)
class Bucket:
    """The number of tokens, and the whole seconds in which an empty bucket fills up."""

    capacity: int
    fills_in_sec: int

    def allows(self, started: float, ended: float) -> int:
        """Returns the most grants between two moments, if the bucket was full.

        One more is for rounding.
        """
        return math.floor(self.capacity * (1 + (ended - started) / self.fills_in_sec)) + 1

    def allows_in_windows(self, started: float, ended: float) -> int:
        return self.capacity * (1 + math.floor((ended - started) / self.fills_in_sec))

    def allows_in_whole_seconds(self, started: float, ended: float) -> int:
        return math.floor(self.capacity * (1 + (math.floor(ended) - math.floor(started)) / self.fills_in_sec))


@dataclass(frozen=True)
class Limiter:
    """`question` returns a question of a brand; `allows` is its rule between two Unix times."""

    name: str
    question: Callable[[str], Ask]
    allows: Callable[[float, float], int]

    def waiter(self, brand: str) -> Ask:
        """Returns a caller that repeats a question until it is granted, and then asks a new one."""
        ask = self.question(brand)

        async def next_ask() -> bool:
            nonlocal ask
            if granted := await ask():
                ask = self.question(brand)
            return granted

        return next_ask


async def limiters(redis: Redis, bucket: Bucket, spacing_sec: float = 0) -> list[Limiter]:
    """Returns all limiters; only the slots have a spacing."""
    return [
        Limiter(PLAIN, await _plain(redis), lambda *_: _PLENTY),
        Limiter(SLOTS, _slots(redis, bucket, spacing_sec), bucket.allows),
        *_limits(redis, bucket),
        *_throttled(redis, bucket),
    ]


async def _plain(redis: Redis) -> Callable[[str], Ask]:
    """Takes as many keys and arguments as the slots, about as long, and answers like a free one."""
    sha = await redis.script_load("return {0, 0, 0}")

    def make(brand: str) -> Ask:
        keys = [f"slots:{{whatsapp}}:brand-waiting:{brand}:{number}" for number in range(_KEYS)]
        arguments = [f"{next(_NUMBERS):08}.0" for _ in range(_ARGUMENTS)]

        async def ask() -> bool:
            answer = await cast("Awaitable[list[int]]", redis.evalsha(sha, _KEYS, *keys, *arguments))
            return answer[0] == 0

        return ask

    return make


def _slots(redis: Redis, bucket: Bucket, spacing_sec: float) -> Callable[[str], Ask]:
    """Asks as the gateway does; each brand has its own owner."""
    per_second = bucket.capacity / bucket.fills_in_sec
    limits = {"capacity": bucket.capacity, "per_second": per_second, "recipient_capacity": _PLENTY}
    slots = slots_of(redis, **limits, spacing=spacing_sec)  # type: ignore[arg-type]  # floats and integers

    def make(brand: str) -> Ask:
        asked = question(brand, lasts=_LASTS_SEC, to=f"owner of {brand}")

        async def ask() -> bool:
            return (await slots.ask(asked)).status is SlotStatus.GO

        return ask

    return make


def _limits(redis: Redis, bucket: Bucket) -> list[Limiter]:
    """Counts as adapters/redis/client_limits.py does, and also without that strategy's estimate."""
    pool = cast("Any", redis.connection_pool)
    storage = RedisStorage("redis://", implementation="redispy", key_prefix="bench", connection_pool=pool)
    limit = RateLimitItemPerSecond(bucket.capacity, bucket.fills_in_sec)
    strategies: dict[str, SlidingWindowCounterRateLimiter | MovingWindowRateLimiter] = {
        "limits, sliding window": SlidingWindowCounterRateLimiter(storage),
        "limits, moving window": MovingWindowRateLimiter(storage),
    }

    def make(limiter: SlidingWindowCounterRateLimiter | MovingWindowRateLimiter) -> Callable[[str], Ask]:
        return lambda brand: lambda: limiter.hit(limit, brand)

    return [Limiter(name, make(limiter), bucket.allows_in_windows) for name, limiter in strategies.items()]


def _throttled(redis: Redis, bucket: Bucket) -> list[Limiter]:
    store = RedisStore()
    cast("Any", store)._backend._client = redis  # noqa: SLF001  # it offers no way to share connections
    quota = Quota(Rate(timedelta(seconds=bucket.fills_in_sec), bucket.capacity), bucket.capacity)

    def make(algorithm: RateLimiterType) -> Callable[[str], Ask]:
        throttled = Throttled(using=algorithm.value, quota=quota, store=store)

        def of(brand: str) -> Ask:
            async def ask() -> bool:
                return not (await throttled.limit(brand)).limited

            return ask

        return of

    return [
        Limiter("throttled, GCRA", make(RateLimiterType.GCRA), bucket.allows),
        Limiter("throttled, token bucket", make(RateLimiterType.TOKEN_BUCKET), bucket.allows_in_whole_seconds),
    ]
