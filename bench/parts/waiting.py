"""Measures many waiting candidates, and their effect on replies, deadlines and restarts."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bench.cost import cpu_sec, memory_mib
from bench.driving.drivers import DrivenCandidate
from bench.driving.load import OWNER_TAKES_SEC, decision, each, prompt
from bench.driving.stage import Stage, running_stage
from bench.parts.deadlines import Lateness, same_second
from bench.parts.restarts import Restart, restarts
from bench.spread import Spread
from domain.candidate import LONGEST_DEADLINE

_FEW = 10
_LASTS_SEC = LONGEST_DEADLINE // timedelta(seconds=1)
_QUIET_SEC = 3
"""By then, earlier work has ended and left the caches, and pollers are as few as they get."""

_PLENTY = {"WA_BUCKET_CAPACITY": "1000000", "WA_BUCKET_REFILL_PER_MIN": "1000000"}


@dataclass(frozen=True)
class IdleUse:
    """While nothing happens: shares of one core, and resident memory."""

    seconds: float
    worker_cpu: float
    api_cpu: float
    worker_mib: float
    api_mib: float


@dataclass(frozen=True)
class WaitingFigures:
    """The spreads are from an owner's reply to the decision at core, one reply at a time."""

    candidates: int
    prompted_per_sec: float
    with_few: Spread
    with_many: Spread
    idle: IdleUse
    restarts: list[Restart]
    deadlines: Lateness
    end_mib: float


async def measure(
    candidates: int,
    deadlines: int,
    concurrency: int = 50,
    *,
    replies: int = 50,
    idle_sec: float = 20,
) -> WaitingFigures:
    """Starts a gateway and lets this many candidates wait.

    For the restarts, there must be at least ten more than there are replies.
    """
    if candidates < replies + _FEW:
        raise ValueError(f"at least {replies + _FEW} candidates must wait")
    async with running_stage(**_PLENTY) as stage:
        with_few = await _with_few(stage, replies)
        began = time.monotonic()
        waiting = [stage.gateway.case() for _ in range(candidates)]
        await each(lambda case: _prompt(stage, case), waiting, concurrency)
        per_sec = candidates / (time.monotonic() - began)
        idle = await _idle(stage, idle_sec)
        Random(candidates).shuffle(waiting)  # noqa: S311  # any order will do
        with_many = Spread.of([await _decide(stage, waiting.pop()) for _ in range(replies)])
        return WaitingFigures(
            candidates=candidates,
            prompted_per_sec=per_sec,
            with_few=with_few,
            with_many=with_many,
            idle=idle,
            restarts=await restarts(stage, waiting),
            deadlines=await same_second(stage, deadlines, concurrency, per_sec),
            end_mib=memory_mib([*stage.groups["worker"], *stage.groups["api"]]),
        )


async def _with_few(stage: Stage, replies: int) -> Spread:
    """Replaces each decided candidate, so that ten wait at each reply; the first ten warm up."""
    waiting = [stage.gateway.case() for _ in range(_FEW)]
    await each(lambda case: _prompt(stage, case), waiting, _FEW)
    latencies = []
    for _ in range(_FEW + replies):
        latencies.append(await _decide(stage, waiting.pop(0)))
        waiting.append(stage.gateway.case())
        await _prompt(stage, waiting[-1])
    return Spread.of(latencies[_FEW:])


async def _prompt(stage: Stage, case: DrivenCandidate) -> None:
    await prompt(stage.gateway, stage.moments, case, _LASTS_SEC)


async def _decide(stage: Stage, case: DrivenCandidate) -> float:
    await asyncio.sleep(OWNER_TAKES_SEC)
    return await decision(stage.gateway, stage.moments, case)


async def _idle(stage: Stage, seconds: float) -> IdleUse:
    await asyncio.sleep(_QUIET_SEC)
    worker, api = stage.groups["worker"], stage.groups["api"]
    began, worker_began, api_began = time.monotonic(), cpu_sec(worker), cpu_sec(api)
    await asyncio.sleep(seconds)
    lasted = time.monotonic() - began
    return IdleUse(
        seconds=lasted,
        worker_cpu=(cpu_sec(worker) - worker_began) / lasted,
        api_cpu=(cpu_sec(api) - api_began) / lasted,
        worker_mib=memory_mib(worker),
        api_mib=memory_mib(api),
    )


def table(figures: WaitingFigures) -> str:
    """Lays the figures out for reading."""
    idle, late = figures.idle, figures.deadlines
    return "\n".join(
        [
            f"{figures.candidates} candidates waiting, prompted at {figures.prompted_per_sec:.1f} a second",
            f"{'reply to decision at core, ms':40} {'p50':>8} {'p95':>8} {'p99':>8} {'longest':>8} {'count':>6}",
            _line(f"{_FEW} waiting", figures.with_few, 1000),
            _line(f"{figures.candidates} waiting", figures.with_many, 1000),
            f"{f'idle for {idle.seconds:.0f} s':40} {'of a core':>9} {'MiB':>6}",
            f"  {'worker':38} {idle.worker_cpu:9.2%} {idle.worker_mib:6.0f}",
            f"  {'api':38} {idle.api_cpu:9.2%} {idle.api_mib:6.0f}",
            f"  {'both':38} {idle.worker_cpu + idle.api_cpu:9.2%} {idle.worker_mib + idle.api_mib:6.0f}",
            f"  {'both, at the end of all':48} {figures.end_mib:6.0f}",
            f"{'worker restarted, s until':40} {'started':>8} {'replies to others decided':>26} {'to cached ones':>15}",
            *(
                f"  {one.ended_by:38} {one.started_sec:8.1f} {one.others_sec:26.1f} {one.cached_sec:15.1f}"
                for one in figures.restarts
            ),
            f"{late.deadlines} deadlines within {late.within_sec:.2f} s, {late.expired} delivered as expired; late, s:",
            _line("decision at core", late.lateness, 1),
        ]
    )


def _line(what: str, spread: Spread, factor: float) -> str:
    values = (spread.p50, spread.p95, spread.p99, spread.longest)
    return f"  {what:38} {' '.join(f'{factor * value:8.2f}' for value in values)} {spread.count:6}"
