"""What requests that wait for decisions cost an api, and how soon they are answered."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.http import open_files
from bench.cost import cpu_sec, memory_mib
from bench.driving.load import each, prompt
from bench.driving.stage import Stage, running_stage
from bench.driving.subjects import Case
from bench.driving.waits import LONGEST_SEC, Answer, waited
from bench.spread import Spread
from tests.harness.processes import until
from tests.harness.waits import reads, until_waiting

_PLENTY = {"WA_BUCKET_CAPACITY": "1000000", "WA_BUCKET_REFILL_PER_MIN": "1000000"}
_LASTS_SEC = 7 * 24 * 3600
_CONCURRENCY = 50
_QUIET_SEC = 3
_PAUSE_SEC = 0.5
"""Between two decisions."""


@dataclass(frozen=True)
class Waits:
    """While so many wait on one api, for a candidate each."""

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


async def measure(numbers: Sequence[int], *, decisions: int = 50, idle_sec: float = 15) -> WaitsFigures:
    """Let that many wait, one number after the other; each takes its decisions from those that wait."""
    open_files.raise_limit()
    async with running_stage(**_PLENTY) as stage:
        cases = [stage.gateway.case() for _ in range(max(numbers) + decisions * len(numbers))]
        await each(lambda case: prompt(stage.gateway, stage.notices, case, _LASTS_SEC), cases, _CONCURRENCY)
        figures = {}
        for number in numbers:
            figures[number] = await _waits(stage, cases[:number], decisions, idle_sec)
            cases = cases[decisions:]
        return WaitsFigures(figures)


async def _waits(stage: Stage, cases: list[Case], decisions: int, idle_sec: float) -> Waits:
    """End with an api that was stopped and started again."""
    api, core = stage.groups["api"], stage.stack.core
    await asyncio.sleep(_QUIET_SEC)
    before, read = memory_mib(api), await reads(core)
    waits = {case.id: asyncio.create_task(waited(stage.stack.gateway_url, case.id)) for case in cases}
    await until_waiting(core, len(waits), within=LONGEST_SEC)
    await until(lambda: reads(core), lambda count: count >= read + len(waits), within=LONGEST_SEC)
    await asyncio.sleep(_QUIET_SEC)
    memory = memory_mib(api) - before
    began, cpu = time.monotonic(), cpu_sec(api)
    await asyncio.sleep(idle_sec)
    idle_cpu = (cpu_sec(api) - cpu) / (time.monotonic() - began)
    answers = [await _decided(stage, case, waits.pop(case.id)) for case in cases[: min(decisions, len(cases) // 2)]]
    await until_waiting(core, len(waits))
    stopped_sec = await _stopped(stage, list(waits.values()))
    return Waits(
        waiting=len(cases),
        kib_each=1024 * memory / len(cases),
        idle_cpu=idle_cpu,
        answered=Spread.of([answer.since_decision for answer in answers]),
        stopped_sec=stopped_sec,
    )


async def _decided(stage: Stage, case: Case, wait: asyncio.Task[Answer]) -> Answer:
    await asyncio.sleep(random.uniform(0, 2 * _PAUSE_SEC))  # noqa: S311  # any will do
    await stage.gateway.approve(case)
    return await wait


async def _stopped(stage: Stage, waits: Sequence[asyncio.Task[Answer]]) -> float:
    told_at = time.time()
    stopping = asyncio.create_task(stage.stack.api.stop())
    answers = await asyncio.gather(*waits)
    await stopping
    await stage.stack.api.start()
    return max(answer.arrived_at for answer in answers) - told_at


def table(figures: WaitsFigures) -> str:
    """Lay the figures out for reading."""
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
