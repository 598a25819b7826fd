"""Who can be asked whether a message may start now: the slots, two libraries, and a script that says yes at once.

All share a client, hence its connections, and are given the same bucket. What `limits` knows are windows: as many as
the bucket holds, in the time in which it fills; its moving window is exact. Nearest to the slots is throttled's GCRA,
which keeps the moment at which the bucket is full again, too; its token bucket, the default, counts whole seconds.
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
"""Longer than any wait, so that whoever is not granted is told to come back."""

_NUMBERS = count(1)

Ask = Callable[[], Awaitable[bool]]
"""Ask a question, once more each time; gives whether its message may start."""


@dataclass(frozen=True)
class Bucket:
    """So many tokens, and the whole seconds in which an empty one fills up."""

    capacity: int
    fills_in_sec: int

    def allows(self, started: float, ended: float) -> int:
        """Between two moments, if it was full; one more for rounding."""
        return math.floor(self.capacity * (1 + (ended - started) / self.fills_in_sec)) + 1

    def allows_in_windows(self, started: float, ended: float) -> int:
        return self.capacity * (1 + math.floor((ended - started) / self.fills_in_sec))

    def allows_in_whole_seconds(self, started: float, ended: float) -> int:
        return math.floor(self.capacity * (1 + (math.floor(ended) - math.floor(started)) / self.fills_in_sec))


@dataclass(frozen=True)
class Limiter:
    """`question` makes one of a brand's; `allows` is its own rule, of two moments in seconds since 1970."""

    name: str
    question: Callable[[str], Ask]
    allows: Callable[[float, float], int]

    def waiter(self, brand: str) -> Ask:
        """Ask a question until it is granted, and then another: nobody who was granted comes back."""
        ask = self.question(brand)

        async def next_ask() -> bool:
            nonlocal ask
            if granted := await ask():
                ask = self.question(brand)
            return granted

        return next_ask


async def limiters(redis: Redis, bucket: Bucket, spacing_sec: float = 0) -> list[Limiter]:
    """Give all; none but the slots know of a spacing."""
    return [
        Limiter(PLAIN, await _plain(redis), lambda *_: _PLENTY),
        Limiter(SLOTS, _slots(redis, bucket, spacing_sec), bucket.allows),
        *_limits(redis, bucket),
        *_throttled(redis, bucket),
    ]


async def _plain(redis: Redis) -> Callable[[str], Ask]:
    """As many keys and arguments as a slot takes, of about their length, and the answer that a free slot gives."""
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
    """As the product asks, each brand having an owner of its own."""
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
    """As adapters/redis/client_limits.py counts, and without that strategy's estimate."""
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
