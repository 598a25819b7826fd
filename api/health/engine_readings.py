"""Gauges read from Temporal: open and parked candidates, task queues, and the clock's skew."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from api.health.readings import Read, Sample
from domain.errors import EngineUnavailableError
from engine.calls import engine_call
from engine.clock import EngineClock
from engine.endings import EndedBy, Endings
from engine.task_queues import KINDS, task_queue_state
from workflows.search_attributes import IS_PARKED, IS_UNDECIDED

OPEN, PARKED = "gateway_open_candidates", "gateway_parked_candidates"
POLLERS, BACKLOG = "gateway_task_queue_pollers", "gateway_task_queue_backlog"
SKEW = "gateway_clock_skew_seconds"
ENDED = "gateway_ended_candidates"

_SHOWN_FOR = timedelta(days=1)
"""How long a candidate that ended without a decision counts, so that somebody at work sees it."""

log = structlog.get_logger()


def candidates(client: Client) -> Read:
    async def read() -> Sequence[Sample]:
        open_, parked = await asyncio.gather(_count(client, IS_UNDECIDED), _count(client, IS_PARKED))
        return [Sample(OPEN, open_), Sample(PARKED, parked)]

    return read


def ended(endings: Endings, clock: Callable[[], datetime]) -> Read:
    """Returns a reading of the candidates that ended without a decision.

    It logs each once, because nobody is notified of them otherwise.
    """
    said: set[str] = set()

    async def read() -> Sequence[Sample]:
        async with _asking():
            runs = await endings.since(clock() - _SHOWN_FOR)
        for run in runs:
            if run.candidate_id not in said:
                log.warning(
                    "candidate_ended", candidate_id=run.candidate_id, by=run.ending.by, reason=run.ending.reason
                )
        said.clear()
        said.update(run.candidate_id for run in runs)
        count = Counter(run.ending.by for run in runs)
        return [Sample(ENDED, count[by], {"by": by}) for by in EndedBy]

    return read


def task_queue(client: Client, clock: Callable[[], datetime]) -> Read:
    async def read() -> Sequence[Sample]:
        described = await asyncio.gather(*(_samples(client, kind, clock()) for kind in KINDS))
        return [sample for samples in described for sample in samples]

    return read


def skew(clock: EngineClock) -> Read:
    async def read() -> Sequence[Sample]:
        if clock.ahead is None:
            raise EngineUnavailableError("the clocks have not been compared yet")
        return [Sample(SKEW, clock.ahead.total_seconds())]

    return read


async def _count(client: Client, query: str) -> int:
    async with _asking():
        return (await client.count_workflows(query)).count


async def _samples(client: Client, kind: str, now: datetime) -> list[Sample]:
    async with _asking():
        state = await task_queue_state(client, kind, now)
    labels = {"kind": kind}
    return [Sample(POLLERS, state.pollers, labels), Sample(BACKLOG, state.backlog, labels)]


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """Raises EngineUnavailableError for any refusal by Temporal, so the gauge is left out."""
    try:
        async with engine_call():
            yield
    except RPCError as error:
        raise EngineUnavailableError(error.message) from error
