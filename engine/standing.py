"""Logs when Temporal stops serving this process and when it is back, and counts failed calls."""

import time
from collections.abc import Awaitable, Callable

import structlog
from temporalio.common import MetricMeter

from domain.engine_states import EngineState
from domain.errors import EngineUnreachedError
from domain.worker_metrics import ENGINE_UNAVAILABLE

log = structlog.get_logger()

_OVER_SEC = 10.0
"""Without a failed call, until it counts as over; a rate limit lets some calls through."""


Explain = Callable[[], Awaitable[EngineUnreachedError | None]]
"""Returns what prevents a new connection; None if nothing does, or if that is not known."""


CheckHealth = Callable[[float], Awaitable[EngineUnreachedError | None]]
"""Returns how Temporal fails a health check that began after a moment; None if it does not."""


async def _unexplained() -> EngineUnreachedError | None:
    return None


async def _unchecked(_: float) -> EngineUnreachedError | None:
    return None


class EngineStanding:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: set[EngineState] = set()
        self._met_at = 0.0
        self._count: Callable[[EngineState], None] = lambda _: None
        self.explain: Explain = _unexplained
        """Explains a lost connection, because the failed call does not."""
        self.check_health: CheckHealth = _unchecked
        """Tells whether Temporal is slow or away, because a call without an answer does not."""

    def count_by(self, meter: MetricMeter) -> None:
        """Counts each call that Temporal did not serve."""
        counter = meter.create_counter(ENGINE_UNAVAILABLE.name, ENGINE_UNAVAILABLE.help)
        for labels in ENGINE_UNAVAILABLE.series:
            counter.add(0, labels)
        self._count = lambda state: counter.add(1, {"state": state})

    def met(self, state: EngineState, reason: str) -> None:
        self._met_at = self._clock()
        self._count(state)
        if state not in self._said:
            self._said.add(state)
            log.warning("engine_unavailable", state=state, what=state.traits.words, reason=reason)

    @property
    def is_well(self) -> bool:
        """Whether Temporal served all calls of the last seconds."""
        return not self._said

    def served(self) -> None:
        if self._said and self._clock() - self._met_at >= _OVER_SEC:
            log.info("engine_available", after=sorted(self._said))
            self._said.clear()


STANDING = EngineStanding()
"""One for the whole process: Temporal refuses processes rather than requests."""
