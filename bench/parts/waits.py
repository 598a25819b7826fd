"""Measures requests that wait for decisions: what they cost an api, and when it answers them."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.http import open_files
from bench.cost import cpu_sec, memory_mib
from bench.driving.drivers import DrivenCandidate
from bench.driving.load import each, prompt
from bench.driving.stage import Stage, running_stage
from bench.driving.waits import TimedAnswer, waited
from bench.spread import Spread
from tests.harness.waits import until_waiting

_PLENTY = {"WA_BUCKET_CAPACITY": "1000000", "WA_BUCKET_REFILL_PER_MIN": "1000000"}
_LASTS_SEC = 7 * 24 * 3600
_CONCURRENCY = 50
_QUIET_SEC = 3
_BETWEEN_SEC = 0.005
"""Between two requests, because a core does not send all at once."""

_PAUSE_SEC = 0.5
"""Between two decisions."""


@dataclass(frozen=True)
class Waits:
    """Figures while this many requests wait on one api."""

    waiting: int
    kib_each: float
    idle_cpu: float
    """The api's share of a core while nothing is decided."""
    answered: Spread
    """From the decision, by the workflow's clock, to the answer."""
    stopped_sec: float
    """From SIGTERM to the last answer."""


@dataclass(frozen=True)
class WaitsFigures:
    by_number: Mapping[int, Waits]


async def measure(numbers: Sequence[int], for_each: int, *, decisions: int = 50, idle_sec: float = 15) -> WaitsFigures:
    """Measures each number of requests in turn, and decides up to half of their candidates."""
    open_files.raise_limit()
    async with running_stage(**_PLENTY) as stage:
        cases = [stage.gateway.case() for _ in range(max(numbers) // for_each + decisions * len(numbers))]
        await each(lambda case: prompt(stage.gateway, stage.moments, case, _LASTS_SEC), cases, _CONCURRENCY)
        figures = {}
        for number in numbers:
            figures[number] = await _waits(stage, cases[: number // for_each], for_each, decisions, idle_sec)
            cases = cases[decisions:]
        return WaitsFigures(figures)


async def _waits(stage: Stage, cases: list[DrivenCandidate], for_each: int, decisions: int, idle_sec: float) -> Waits:
    """Measures one number of requests; stops the api at the end and starts it again."""
    api, core = stage.groups["api"], stage.stack.core
    await asyncio.sleep(_QUIET_SEC)
    before = memory_mib(api)
    waits: dict[str, list[asyncio.Task[TimedAnswer]]] = {case.id: [] for case in cases}
    for case in cases * for_each:
        waits[case.id].append(asyncio.create_task(waited(stage.stack.gateway_url, case.id)))
        await asyncio.sleep(_BETWEEN_SEC)
    await until_waiting(core, len(cases) * for_each)
    await asyncio.sleep(_QUIET_SEC)
    memory = memory_mib(api) - before
    began, cpu = time.monotonic(), cpu_sec(api)
    await asyncio.sleep(idle_sec)
    idle_cpu = (cpu_sec(api) - cpu) / (time.monotonic() - began)
    deciding = cases[: min(decisions, len(cases) // 2)]
    answers = [answer for case in deciding for answer in await _decided(stage, case, waits.pop(case.id))]
    stopped_sec = await _stopped(stage, [wait for several in waits.values() for wait in several])
    return Waits(
        waiting=len(cases) * for_each,
        kib_each=1024 * memory / (len(cases) * for_each),
        idle_cpu=idle_cpu,
        answered=Spread.of([answer.since_decision for answer in answers]),
        stopped_sec=stopped_sec,
    )


async def _decided(
    stage: Stage, case: DrivenCandidate, waits: Sequence[asyncio.Task[TimedAnswer]]
) -> list[TimedAnswer]:
    await asyncio.sleep(random.uniform(0, 2 * _PAUSE_SEC))  # noqa: S311  # any will do
    await stage.gateway.approve(case)
    return await asyncio.gather(*waits)


async def _stopped(stage: Stage, waits: Sequence[asyncio.Task[TimedAnswer]]) -> float:
    told_at = time.time()
    stopping = asyncio.create_task(stage.stack.api.stop())
    answers = await asyncio.gather(*waits)
    await stopping
    await stage.stack.api.start()
    return max(answer.arrived_at for answer in answers) - told_at


def table(figures: WaitsFigures) -> str:
    """Lays the figures out for reading."""
    head = f"{'waiting on one api':20} {'KiB each':>9} {'idle, of a core':>16} {'decision to answer, ms: p50':>28}"
    return "\n".join(
        [
            f"{head} {'p95':>7} {'p99':>7} {'SIGTERM to the last answer, s':>30}",
            *(
                f"{one.waiting:20} {one.kib_each:9.1f} {one.idle_cpu:16.2%} {1000 * one.answered.p50:28.0f}"
                f" {1000 * one.answered.p95:7.0f} {1000 * one.answered.p99:7.0f} {one.stopped_sec:30.2f}"
                for one in figures.by_number.values()
            ),
        ]
    )
