"""Targets for the figures of one run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import paired
from bench.parts.flow import FLOOR, GATEWAY, TEXTBOOK, FlowFigures
from bench.parts.histories import APPROVED, History
from bench.parts.limiters import SLOTS
from bench.parts.noisy import FEW_TIMES, NoisyFigures
from bench.parts.scaling import Scaled
from bench.parts.slots import TARGET, SlotFigures
from bench.parts.waiting import WaitingFigures

_AS_FAST = 1.5
"""A latency up to this many times another counts as the same, because noise is smaller."""

_WITHIN_SECONDS = 5
_EVENLY = 0.7
"""Part of an even share that the least busy worker must do."""


@dataclass(frozen=True)
class FigureTarget:
    """`value` must be at most `bound`, or at least if not `at_most`."""

    name: str
    value: float
    bound: float
    at_most: bool = True

    @property
    def holds(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound


def of_flow(figures: FlowFigures) -> Iterator[FigureTarget]:
    gateway, floor = figures.contenders[GATEWAY], figures.contenders[FLOOR]
    for concurrency, rounds in gateway.rounds.items():
        for other, bound in ((FLOOR, 0.75), (TEXTBOOK, 1)):
            pairs = zip(rounds, figures.contenders[other].rounds[concurrency], strict=True)
            ratio = paired((ours.per_second, theirs.per_second) for ours, theirs in pairs)
            yield FigureTarget(f"throughput, {concurrency} at work: gateway / {other}", ratio, bound, at_most=False)
    yield FigureTarget("accept p50: gateway / bare start", figures.acceptance.p50 / figures.bare_start.p50, 1.5)
    yield FigureTarget("accept p99 at 10 a second, ms", 1000 * figures.accept_at_ten.p99, 150)
    yield FigureTarget("reply → core p50: gateway / floor", gateway.decision.p50 / floor.decision.p50, 1.5)
    ours = (one.cpu_ms["api"] + one.cpu_ms["worker"] for one in gateway.full)
    floors = (one.cpu_ms["worker"] + one.cpu_ms["client"] for one in floor.full)
    yield FigureTarget("CPU: api and worker / floor's worker and client", paired(zip(ours, floors, strict=True)), 1.5)


def of_histories(histories: Mapping[str, History]) -> Iterator[FigureTarget]:
    yield FigureTarget(f"events: {APPROVED}", histories[APPROVED].events, 27)
    yield FigureTarget(f"actions: {APPROVED}", histories[APPROVED].actions, 8)


def of_slots(figures: SlotFigures) -> Iterator[FigureTarget]:
    ours = next(speed for speed in figures.free if speed.name == SLOTS)
    yield FigureTarget("slots: rate / a plain EVALSHA's", ours.to_plain, TARGET, at_most=False)
    yield FigureTarget(
        "slots: limiters that grant more than their rule allows", sum(not one.holds for one in figures.grants), 0
    )


def of_scaling(scaled: Sequence[Scaled]) -> Iterator[FigureTarget]:
    for size in scaled[1:]:
        evenly = min(size.shares) * size.workers if len(size.shares) == size.workers else 0
        yield FigureTarget(f"{size.workers} workers: least share / an even one", evenly, _EVENLY, at_most=False)


def of_noisy(figures: NoisyFigures) -> Iterator[FigureTarget]:
    slower = figures.quiet.p50 / figures.unloaded.p50
    yield FigureTarget("noisy brand: a quiet one's accept → prompt p50, loaded / unloaded", slower, FEW_TIMES)


def of_waiting(figures: WaitingFigures) -> Iterator[FigureTarget]:
    idle, deadlines = figures.idle, figures.deadlines
    yield FigureTarget("waiting: api and worker, MiB", idle.worker_mib + idle.api_mib, 400)
    yield FigureTarget("waiting: api and worker, % of a core", 100 * (idle.worker_cpu + idle.api_cpu), 3)
    yield FigureTarget("waiting: reply → core p50, many / ten", figures.with_many.p50 / figures.with_few.p50, _AS_FAST)
    yield FigureTarget("waiting: deadlines that were not delivered", deadlines.deadlines - deadlines.expired, 0)
    for restart in figures.restarts:
        for which, seconds in (("any", restart.others_sec), ("one it had cached", restart.cached_sec)):
            name = (
                f"waiting: seconds from a worker's start after {restart.ended_by} until a reply to {which} is decided"
            )
            yield FigureTarget(name, seconds, _WITHIN_SECONDS)
