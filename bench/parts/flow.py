"""Measures a candidate's life by floor, textbook and gateway in turn, so that all share noise."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench import cost
from bench.driving.drivers import BareStart, Driver
from bench.driving.load import Latencies, closed_loop, open_loop
from bench.driving.stage import Stage, running_engine
from bench.figures import Contender, Round
from bench.spread import Spread

FLOOR, TEXTBOOK, GATEWAY, GATEWAY_SLOW = "floor", "textbook", "gateway", "gateway, 150 ms"
_PROVIDER_TAKES_SEC = 0.15
_CLIENT = "client"
_TEN_A_SECOND = 10


@dataclass(frozen=True)
class FlowSize:
    """How much is measured; `candidates` are for each round, contender and concurrency.

    `rate` and `sweep` are candidates a second. Each contender runs `warm_up` candidates first. The
    highest concurrency fills the machine, and the cost of a candidate is measured there.
    """

    sweep: Sequence[float]
    sweep_sec: float
    acceptances: int
    warm_up: int = 30
    rounds: int = 5
    candidates: int = 60
    concurrency: Sequence[int] = (1, 30)
    rate: float = 3
    rate_sec: float = 30


@dataclass(frozen=True)
class FlowFigures:
    """`bare_start` and `acceptance` were measured in turn; `sweep` pairs offered with completed."""

    contenders: Mapping[str, Contender]
    bare_start: Spread
    acceptance: Spread
    accept_at_ten: Spread
    sweep: Mapping[str, Sequence[tuple[float, float]]]


@dataclass
class _Turn:
    driver: Driver
    groups: Mapping[str, Sequence[int]]
    provider_takes_sec: float = 0
    rounds: dict[int, list[Round]] = field(default_factory=lambda: defaultdict(list))
    latencies: Latencies = field(default_factory=Latencies)

    def cpu_sec(self) -> dict[str, float]:
        return {name: cost.cpu_sec(group) for name, group in self.groups.items()} | {_CLIENT: time.process_time()}

    def figures(self) -> Contender:
        latencies = self.latencies
        samples = {"accept": latencies.accept, "prompt": latencies.prompt, "decision": latencies.decision}
        spreads = {name: Spread.of(of) for name, of in samples.items()}
        memory = {name: cost.memory_mib(group) for name, group in self.groups.items()}
        return Contender(dict(self.rounds), **spreads, samples=samples, memory_mib=memory)


async def measure(stage: Stage, size: FlowSize) -> FlowFigures:
    async with _turns(stage) as turns:
        for turn in turns.values():
            await closed_loop(turn.driver, stage.moments, size.warm_up, max(size.concurrency))
        for number in range(size.rounds):
            for turn in _rotated(turns, number):
                for concurrency in size.concurrency:
                    await _round(stage, turn, size.candidates, concurrency)
        for number in range(2):
            for turn in _rotated(turns, number):
                async with _provider(stage, turn):
                    _, latencies = await open_loop(turn.driver, stage.moments, size.rate, size.rate_sec / 2)
                turn.latencies.add(latencies)
        bare_start, acceptance = await _acceptances(stage, size.acceptances)
        _, at_ten = await open_loop(stage.gateway, stage.moments, _TEN_A_SECOND, size.rate_sec)
        accept_at_ten = Spread.of(at_ten.accept)
        sweep = await _sweep(stage, turns, size)
        return FlowFigures(
            {name: turn.figures() for name, turn in turns.items()}, bare_start, acceptance, accept_at_ten, sweep
        )


@asynccontextmanager
async def _turns(stage: Stage) -> AsyncIterator[dict[str, _Turn]]:
    async with running_engine(stage, FLOOR) as (floor, floor_pid), running_engine(stage, TEXTBOOK) as (textbook, pid):
        temporal = stage.groups["temporal"]
        yield {
            FLOOR: _Turn(floor, {"worker": [floor_pid], "temporal": temporal}),
            TEXTBOOK: _Turn(textbook, {"worker": [pid], "temporal": temporal}),
            GATEWAY: _Turn(stage.gateway, stage.groups),
            GATEWAY_SLOW: _Turn(stage.gateway, stage.groups, _PROVIDER_TAKES_SEC),
        }


def _rotated(turns: Mapping[str, _Turn], by: int) -> list[_Turn]:
    """Rotates the turns, because each contender leaves work behind for the next."""
    every = list(turns.values())
    return every[by % len(every) :] + every[: by % len(every)]


@asynccontextmanager
async def _provider(stage: Stage, turn: _Turn) -> AsyncIterator[None]:
    if turn.provider_takes_sec:
        await stage.stack.phone.fault("twilio.messages", delay_sec=turn.provider_takes_sec)
    yield
    if turn.provider_takes_sec:
        (await stage.stack.phone.http.delete("/control/faults")).raise_for_status()


async def _round(stage: Stage, turn: _Turn, candidates: int, concurrency: int) -> None:
    async with _provider(stage, turn):
        before = turn.cpu_sec()
        load = await closed_loop(turn.driver, stage.moments, candidates, concurrency)
        after = turn.cpu_sec()
    turn.rounds[concurrency].append(
        Round(load.per_second, {name: 1000 * (after[name] - before[name]) / candidates for name in before})
    )


async def _acceptances(stage: Stage, count: int) -> tuple[Spread, Spread]:
    """Starts a workflow or posts a candidate, in random order, ten a second of both together."""
    first = stage.gateway.case()
    await stage.gateway.accept(first)
    bare = await BareStart.like(stage.stack.client, stage.gateway.workflow_id(first))
    took: dict[str, list[float]] = {"bare": [], "posted": []}
    turns = [*("bare", "posted") * count]
    random.Random(0).shuffle(turns)  # noqa: S311  # an order without a pattern, nothing secret
    for turn in turns:
        case = stage.gateway.case()
        began = time.monotonic()
        await (bare.accept() if turn == "bare" else stage.gateway.accept(case))
        took[turn].append(time.monotonic() - began)
        await asyncio.sleep(0.1)
    return Spread.of(took["bare"]), Spread.of(took["posted"])


async def _sweep(stage: Stage, turns: Mapping[str, _Turn], size: FlowSize) -> dict[str, list[tuple[float, float]]]:
    swept: dict[str, list[tuple[float, float]]] = {FLOOR: [], TEXTBOOK: [], GATEWAY: []}
    for rate in size.sweep:
        for name, points in swept.items():
            load, _ = await open_loop(turns[name].driver, stage.moments, rate, size.sweep_sec)
            points.append((rate, load.per_second))
    return swept
