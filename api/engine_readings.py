"""What Temporal says of the candidates that wait, and of the workers that serve them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.engine import engine_call
from api.readings import Read, Sample
from domain.errors import EngineUnavailableError
from domain.identifiers import TASK_QUEUE
from workflows.search_attributes import IS_PARKED, IS_UNDECIDED

OPEN, PARKED = "gateway_open_candidates", "gateway_parked_candidates"
POLLERS, BACKLOG = "gateway_task_queue_pollers", "gateway_task_queue_backlog"

KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_SEEN_WITHIN = timedelta(seconds=75)
"""A poll lasts up to a minute; the server remembers who polled for five, the dead too."""

_CALL = timedelta(seconds=5)


@dataclass(frozen=True)
class TaskQueueState:
    """How many workers ask for tasks of one kind, how many tasks wait, and since when."""

    pollers: int
    backlog: int
    backlog_age: timedelta


def candidates(client: Client) -> Read:
    async def read() -> Sequence[Sample]:
        open_, parked = await asyncio.gather(_count(client, IS_UNDECIDED), _count(client, IS_PARKED))
        return [Sample(OPEN, open_), Sample(PARKED, parked)]

    return read


def task_queue(client: Client, clock: Callable[[], datetime]) -> Read:
    async def read() -> Sequence[Sample]:
        described = await asyncio.gather(*(_samples(client, kind, clock()) for kind in KINDS))
        return [sample for samples in described for sample in samples]

    return read


async def _count(client: Client, query: str) -> int:
    async with _asking():
        return (await client.count_workflows(query)).count


async def task_queue_state(client: Client, kind: str, now: datetime) -> TaskQueueState:
    """Raise RPCError if Temporal does not tell; `now` is compared with what Temporal's clock said."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=KINDS[kind],
        report_stats=True,
    )
    queue = await client.workflow_service.describe_task_queue(request, timeout=_CALL)
    since = now - _SEEN_WITHIN
    pollers = {poller.identity for poller in queue.pollers if poller.last_access_time.ToDatetime(UTC) > since}
    stats = queue.stats
    return TaskQueueState(len(pollers), stats.approximate_backlog_count, stats.approximate_backlog_age.ToTimedelta())


async def _samples(client: Client, kind: str, now: datetime) -> list[Sample]:
    async with _asking():
        state = await task_queue_state(client, kind, now)
    labels = {"kind": kind}
    return [Sample(POLLERS, state.pollers, labels), Sample(BACKLOG, state.backlog, labels)]


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """Raise EngineUnavailableError for whatever Temporal refuses: a figure that cannot be had is left out."""
    try:
        async with engine_call():
            yield
    except RPCError as error:
        raise EngineUnavailableError(error.message) from error
