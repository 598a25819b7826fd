"""How Temporal stands with this process: said in the log once when it is met and once when it is over, and counted."""

import time
from collections.abc import Awaitable, Callable

import structlog
from temporalio.common import MetricMeter

from domain.engine_states import EngineState
from domain.errors import EngineUnreachedError
from domain.worker_metrics import ENGINE_UNAVAILABLE

log = structlog.get_logger()

_OVER_SEC = 10.0
"""Without any trouble, until it counts as over: under a limit, what is refused and what is served alternate."""


Explain = Callable[[], Awaitable[EngineUnreachedError | None]]
"""Returns what keeps a new connection from being made; None if nothing does, or nothing is known."""


async def _unexplained() -> EngineUnreachedError | None:
    return None


class EngineStanding:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: set[EngineState] = set()
        self._met_at = 0.0
        self._count: Callable[[EngineState], None] = lambda _: None
        self.explain: Explain = _unexplained
        """Asked where a call does not tell why it was not served: one that lost its connection does not."""

    def count_by(self, meter: MetricMeter) -> None:
        """Count each call that was not served."""
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

    def served(self) -> None:
        if self._said and self._clock() - self._met_at >= _OVER_SEC:
            log.info("engine_available", after=sorted(self._said))
            self._said.clear()


STANDING = EngineStanding()
"""This process's: Temporal refuses processes, not requests."""
