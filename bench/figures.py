"""Figures, as the benchmark prints, keeps and judges them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.spread import Spread


@dataclass(frozen=True)
class Round:
    """The rate of a number of candidates, and each process's CPU for one of them, in ms."""

    per_second: float
    cpu_ms: Mapping[str, float]


@dataclass(frozen=True)
class Contender:
    """What was measured of one contender.

    `rounds` are by the number of candidates at work. Latencies are at the fixed rate, in
    seconds.
    """

    rounds: Mapping[int, Sequence[Round]]
    accept: Spread
    prompt: Spread
    decision: Spread
    samples: Mapping[str, Sequence[float]]
    memory_mib: Mapping[str, float]

    @property
    def full(self) -> Sequence[Round]:
        """The rounds with most candidates at work, which fill the machine."""
        return self.rounds[max(self.rounds)]

    def per_second(self, concurrency: int) -> float:
        return statistics.median(one.per_second for one in self.rounds[concurrency])

    def cpu_ms(self, process: str) -> float:
        """Returns the CPU for one candidate: the median of the rounds that filled the machine."""
        return statistics.median(one.cpu_ms[process] for one in self.full)


def paired(rounds: Iterable[tuple[float, float]]) -> float:
    """Returns the median of the ratios round by round.

    In one round the machine is equally fast for both, and in the next it might not be.
    """
    return statistics.median(one / other for one, other in rounds)
