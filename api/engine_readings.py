"""What Temporal says of the candidates that wait, and of the workers that serve them."""

import asyncio
from collections.abc import Sequence
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

_KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_SEEN_WITHIN = timedelta(seconds=75)
"""A poll lasts up to a minute; the server remembers who polled for five, the dead too."""


def candidates(client: Client) -> Read:
    async def read() -> Sequence[Sample]:
        open_, parked = await asyncio.gather(_count(client, IS_UNDECIDED), _count(client, IS_PARKED))
        return [Sample(OPEN, open_), Sample(PARKED, parked)]

    return read


def task_queue(client: Client) -> Read:
    async def read() -> Sequence[Sample]:
        described = await asyncio.gather(*(_describe(client, kind) for kind in _KINDS))
        return [sample for samples in described for sample in samples]

    return read


async def _count(client: Client, query: str) -> int:
    try:
        async with engine_call():
            return (await client.count_workflows(query)).count
    except RPCError as error:
        raise EngineUnavailableError(error.message) from error


async def _describe(client: Client, kind: str) -> list[Sample]:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=_KINDS[kind],
        report_stats=True,
    )
    try:
        async with engine_call():
            queue = await client.workflow_service.describe_task_queue(request)
    except RPCError as error:
        raise EngineUnavailableError(error.message) from error
    since = datetime.now(UTC) - _SEEN_WITHIN
    pollers = [poller for poller in queue.pollers if poller.last_access_time.ToDatetime(UTC) > since]
    labels = {"kind": kind}
    return [
        Sample(POLLERS, len({poller.identity for poller in pollers}), labels),
        Sample(BACKLOG, queue.stats.approximate_backlog_count, labels),
    ]
