"""The spread of durations."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Spread:
    """The spread of `count` durations, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, durations: Sequence[float]) -> "Spread":
        """Returns percentiles between the shortest and the longest duration; needs at least two."""
        hundredths = quantiles(durations, n=100, method="inclusive")
        return cls(len(durations), hundredths[49], hundredths[94], hundredths[98], max(durations))
