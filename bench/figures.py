"""Figures as they are printed, kept and judged."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.spread import Spread


@dataclass(frozen=True)
class Round:
    """What so many candidates came to: their rate, and the CPU of each process for one of them, in ms."""

    per_second: float
    cpu_ms: Mapping[str, float]


@dataclass(frozen=True)
class Contender:
    """What was measured of one way to do it: rounds by how many are at work, latencies at the fixed rate in seconds."""

    rounds: Mapping[int, Sequence[Round]]
    accept: Spread
    prompt: Spread
    decision: Spread
    samples: Mapping[str, Sequence[float]]
    memory_mib: Mapping[str, float]

    @property
    def full(self) -> Sequence[Round]:
        """The rounds with most at work, which fill the machine."""
        return self.rounds[max(self.rounds)]

    def per_second(self, concurrency: int) -> float:
        return statistics.median(one.per_second for one in self.rounds[concurrency])

    def cpu_ms(self, process: str) -> float:
        """CPU for one candidate, the median of the rounds that filled the machine."""
        return statistics.median(one.cpu_ms[process] for one in self.full)


def paired(rounds: Iterable[tuple[float, float]]) -> float:
    """Give the median of the ratios round by round, for the machine is as fast in a round for both, not in the next."""
    return statistics.median(one / other for one, other in rounds)
