"""Figures as they are printed, kept and judged."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.spread import Spread


@dataclass(frozen=True)
class Round:
    """What so many candidates at a time came to: their rate, and the CPU of each process for one of them, in ms."""

    per_second: float
    cpu_ms: Mapping[str, float]


@dataclass(frozen=True)
class Contender:
    """What was measured of one way to do it; latencies are those at the fixed rate, in seconds."""

    rounds: Sequence[Round]
    accept: Spread
    prompt: Spread
    decision: Spread
    samples: Mapping[str, Sequence[float]]
    memory_mib: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return statistics.median(one.per_second for one in self.rounds)

    def cpu_ms(self, *processes: str) -> float:
        """CPU of these for one candidate, those that it has: the median of the rounds."""
        return statistics.median(sum(one.cpu_ms.get(name, 0) for name in processes) for one in self.rounds)


def paired(ones: Sequence[float], others: Sequence[float]) -> float:
    """Give the median of the ratios round by round, for the machine is as fast in a round for both, not in the next."""
    return statistics.median(one / other for one, other in zip(ones, others, strict=True))
