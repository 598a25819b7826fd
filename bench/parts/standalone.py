"""Measures an api and a worker, and then a standalone, in turn: memory, CPU and latencies."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench import cost
from bench.driving.load import Latencies, closed_loop, open_loop
from bench.driving.stage import Stage, running_stage
from bench.spread import Spread
from bench.tables import table as laid_out
from tests.harness.processes import Process
from tests.harness.stack import standalone_process

TWO, ONE = "api and worker", "standalone"
_CONCURRENCY = 4
_PAUSE_SEC = 0.1
"""Between two acceptances one at a time."""


@dataclass(frozen=True)
class StandaloneSize:
    """Each of the two has `rounds` turns: candidates one at a time, then at a rate for a while."""

    rounds: int
    alone: int
    rate: float
    rate_sec: float
    warm_up: int = 30


@dataclass(frozen=True)
class Run:
    """One of the two: resident MiB in each round, and CPU in ms for a candidate at the rate."""

    warm_mib: Sequence[float]
    loaded_mib: Sequence[float]
    cpu_ms: Sequence[float]
    accept_alone: Spread
    accept: Spread
    prompt: Spread
    decision: Spread


@dataclass(frozen=True)
class StandaloneFigures:
    by_processes: Mapping[str, Run]


@dataclass
class _Measured:
    warm_mib: list[float] = field(default_factory=list)
    loaded_mib: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    latencies: Latencies = field(default_factory=Latencies)

    def figures(self) -> Run:
        latencies = (self.alone, self.latencies.accept, self.latencies.prompt, self.latencies.decision)
        return Run(self.warm_mib, self.loaded_mib, self.cpu_ms, *map(Spread.of, latencies))


async def measure(size: StandaloneSize) -> StandaloneFigures:
    """Runs one of the two at a time, in turn, because both together would share the work."""
    measured = {TWO: _Measured(), ONE: _Measured()}
    async with running_stage() as stage:
        await asyncio.gather(stage.stack.api.stop(), stage.stack.worker.stop())
        one = standalone_process(stage.stack.environment)
        processes = {TWO: [stage.stack.worker, stage.stack.api], ONE: [one]}
        for number in range(size.rounds):
            for name in [*processes][:: -1 if number % 2 else 1]:
                async with _running(processes[name]) as groups:
                    await _turn(stage, groups, measured[name], size)
    return StandaloneFigures({name: one.figures() for name, one in measured.items()})


@asynccontextmanager
async def _running(processes: Sequence[Process]) -> AsyncIterator[list[int]]:
    try:
        for process in processes:
            await process.start()
        yield [process.pid for process in processes]
        for process in processes:
            await process.stop()
    finally:
        for process in processes:
            await process.kill()


async def _turn(stage: Stage, groups: Sequence[int], measured: _Measured, size: StandaloneSize) -> None:
    await closed_loop(stage.gateway, stage.moments, size.warm_up, _CONCURRENCY)
    measured.warm_mib.append(cost.memory_mib(groups))
    for _ in range(size.alone):
        case = stage.gateway.case()
        began = time.monotonic()
        await stage.gateway.accept(case)
        measured.alone.append(time.monotonic() - began)
        await asyncio.sleep(_PAUSE_SEC)
    before = cost.cpu_sec(groups)
    load, latencies = await open_loop(stage.gateway, stage.moments, size.rate, size.rate_sec)
    measured.cpu_ms.append(1000 * (cost.cpu_sec(groups) - before) / len(load.cases))
    measured.loaded_mib.append(cost.memory_mib(groups))
    measured.latencies.add(latencies)


def table(figures: StandaloneFigures) -> str:
    head = [
        "",
        "MiB, warmed up",
        "MiB, after",
        "CPU, ms",
        "accept alone, ms",
        "accept",
        "accept → prompt",
        "reply → core",
    ]
    rows = [
        (name, _mean(run.warm_mib), _mean(run.loaded_mib), _mean(run.cpu_ms), *map(_ms, _spreads(run)))
        for name, run in figures.by_processes.items()
    ]
    return laid_out("One process and two, in turn: means of the rounds; p50 p95 p99 of all", head, rows)


def _spreads(run: Run) -> tuple[Spread, ...]:
    return run.accept_alone, run.accept, run.prompt, run.decision


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.0f}"


def _ms(spread: Spread) -> str:
    return " ".join(f"{1000 * seconds:.0f}" for seconds in (spread.p50, spread.p95, spread.p99))
