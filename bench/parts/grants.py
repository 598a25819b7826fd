"""Checks that limiters keep their limit when all callers ask for one brand as fast as they can."""

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise

from redis.asyncio import Redis

from bench.parts.limiters import PLAIN, SLOTS, Bucket, Limiter, limiters
from tests.harness.slots import MILLISECONDS

_BUCKET = Bucket(capacity=20, fills_in_sec=1)
_SPACING_SEC = 0.02
"""For the slots only, because the other limiters have no spacing."""


@dataclass(frozen=True)
class Grants:
    """Grants within `seconds`; `bucket_allows` is what an exact bucket would grant.

    The two closest grants were at most `closest_ms` apart.
    """

    name: str
    seconds: float
    granted: int
    allowed: int
    bucket_allows: int
    closest_ms: float
    spacing_ms: float
    holds: bool


async def hammered(redis: Redis, callers: int, seconds: float) -> list[Grants]:
    """Runs the callers against each limiter in turn, except the plain script without a limit."""
    contenders = await limiters(redis, _BUCKET, _SPACING_SEC)
    return [await _hammer(one, callers, seconds) for one in contenders if one.name != PLAIN]


async def _hammer(limiter: Limiter, callers: int, seconds: float) -> Grants:
    """Runs the callers against one limiter."""
    grants: list[tuple[float, float]] = []
    started = time.time()

    async def call() -> None:
        ask = limiter.waiter("hammered")
        while (asked := time.time()) < started + seconds:
            if await ask():
                grants.append((time.time(), asked))

    await asyncio.gather(*(call() for _ in range(callers)))
    ended = time.time()
    spacing = _SPACING_SEC if limiter.name == SLOTS else 0
    closest = min((answered - asked for (_, asked), (answered, _) in pairwise(sorted(grants))), default=seconds)
    allowed = limiter.allows(started, ended)
    return Grants(
        name=limiter.name,
        seconds=ended - started,
        granted=len(grants),
        allowed=allowed,
        bucket_allows=_BUCKET.allows(started, ended),
        closest_ms=1000 * closest,
        spacing_ms=1000 * spacing,
        holds=len(grants) <= allowed and closest >= spacing - MILLISECONDS,
    )
