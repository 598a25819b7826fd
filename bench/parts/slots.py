"""Measures a slot's cost on one Valkey, against libraries and against a script that does nothing.

There are two mixes. Free: each question is new, and fifty brands take turns. Nine of ten are
granted. The last tenth finds its brand's bucket empty and queues, if the contender has queues.
Contended: two hundred callers wait for one brand and ask again and again. Ten are granted at first,
then one a second. At the end, all callers ask for one brand as fast as they can, which shows who
grants more than its rule allows.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median, quantiles

from redis.asyncio import Redis

from bench.parts.grants import Grants, hammered
from bench.parts.limiters import PLAIN, Ask, Bucket, Limiter, limiters
from tests.harness.slots import running_valkey

TARGET = 0.9
"""The slots' rate on the free mix must be this part of the plain EVALSHA's."""

_BRANDS = 50
_WAITERS = 200
_GRANTED = 0.9
_HOUR_SEC = 3600


@dataclass(frozen=True)
class Speed:
    """`per_sec` and `to_plain` are medians over rounds; the rest is of all calls.

    `to_plain` is the ratio to the plain script's rate in the same round.
    """

    name: str
    per_sec: float
    to_plain: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    granted: float


@dataclass(frozen=True)
class SlotFigures:
    callers: int
    calls: int
    rounds: int
    free: list[Speed]
    contended: list[Speed]
    grants: list[Grants]


@dataclass(frozen=True)
class _Round:
    per_sec: float
    latencies_ms: list[float]
    granted: int


async def measure(*, calls: int = 500, rounds: int = 10, callers: int = 20, hammered_sec: float = 2) -> SlotFigures:
    """Starts a Valkey; every contender makes this many calls in each round, in turn."""
    nine_of_ten = Bucket(max(1, int(_GRANTED * calls / _BRANDS)), _HOUR_SEC)
    async with running_valkey() as redis:
        free = await _speeds(redis, nine_of_ten, rounds, callers, lambda one, name: _of_brands(one, name, calls))
        contended = await _speeds(redis, Bucket(10, 10), rounds, callers, lambda one, name: _of_one(one, name, calls))
        grants = await hammered(redis, callers, hammered_sec)
    return SlotFigures(callers, calls, rounds, free, contended, grants)


def _of_brands(limiter: Limiter, name: str, calls: int) -> list[Ask]:
    return [limiter.question(f"{name}-{number % _BRANDS}") for number in range(calls)]


def _of_one(limiter: Limiter, name: str, calls: int) -> list[Ask]:
    return list(islice(cycle([limiter.waiter(name) for _ in range(_WAITERS)]), calls))


async def _speeds(
    redis: Redis, bucket: Bucket, rounds: int, callers: int, asked: Callable[[Limiter, str], list[Ask]]
) -> list[Speed]:
    """Rotates who begins a round, because each leaves work behind; the first warms up."""
    contenders = await limiters(redis, bucket)
    made: dict[str, list[_Round]] = {one.name: [] for one in contenders}
    for number in range(rounds + 1):
        first = number % len(contenders)
        for one in contenders[first:] + contenders[:first]:
            made[one.name].append(await _round(asked(one, f"{one.name}-{number}"), callers))
        await redis.flushdb()
    plain = made[PLAIN][1:]
    return [_speed(name, of_it[1:], plain) for name, of_it in made.items()]


async def _round(asks: Sequence[Ask], callers: int) -> _Round:
    waiting = iter(asks)
    latencies_ms: list[float] = []
    granted: list[bool] = []

    async def call() -> None:
        for ask in waiting:
            asked = time.perf_counter()
            granted.append(await ask())
            latencies_ms.append(1000 * (time.perf_counter() - asked))

    started = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    return _Round(len(asks) / (time.perf_counter() - started), latencies_ms, sum(granted))


def _speed(name: str, rounds: Sequence[_Round], plain: Sequence[_Round]) -> Speed:
    latencies_ms = [latency for one in rounds for latency in one.latencies_ms]
    hundredths = quantiles(latencies_ms, n=100)
    return Speed(
        name=name,
        per_sec=median(one.per_sec for one in rounds),
        to_plain=median(one.per_sec / other.per_sec for one, other in zip(rounds, plain, strict=True)),
        p50_ms=hundredths[49],
        p95_ms=hundredths[94],
        p99_ms=hundredths[98],
        granted=sum(one.granted for one in rounds) / len(latencies_ms),
    )


def table(figures: SlotFigures) -> str:
    """Lays the figures out for reading."""
    return "\n".join(
        [
            f"{figures.callers} callers, {figures.rounds} rounds of {figures.calls} calls",
            *_speed_lines(f"free: {_BRANDS} brands in turn", figures.free),
            *_speed_lines(f"contended: {_WAITERS} wait for one brand", figures.contended),
            *_grant_lines(figures.grants),
        ]
    )


def _speed_lines(mix: str, speeds: Iterable[Speed]) -> list[str]:
    head = f"{mix:40} {'calls/s':>8} {'to plain':>8} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'granted':>8}"
    return [head] + [
        f"  {one.name:38} {one.per_sec:8.0f} {one.to_plain:8.2f} {one.p50_ms:7.2f} {one.p95_ms:7.2f} {one.p99_ms:7.2f}"
        f" {one.granted:8.1%}"
        for one in speeds
    ]


def _grant_lines(grants: Iterable[Grants]) -> list[str]:
    head = f"{'all callers for one brand':40} {'granted':>8} {'allowed':>8} {'bucket':>7} {'apart':>7} {'needed':>7}"
    return [head] + [
        f"  {one.name:38} {one.granted:8} {one.allowed:8} {one.bucket_allows:7} {one.closest_ms:7.1f}"
        f" {one.spacing_ms:7.1f} {'kept' if one.holds else 'BROKEN'}"
        for one in grants
    ]
