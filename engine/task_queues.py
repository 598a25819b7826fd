"""Reads from Temporal which workers poll for the gateway's tasks, and how many tasks wait."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    ListTaskQueuePartitionsRequest,
)
from temporalio.client import Client

from domain.identifiers import TASK_QUEUE

KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_SEEN_WITHIN = timedelta(seconds=75)
"""A poll lasts up to a minute. The server lists pollers for five minutes, dead ones included."""

_CALL = timedelta(seconds=5)


@dataclass(frozen=True)
class TaskQueueState:
    """How many workers poll for one kind of task, how many tasks wait, and the oldest's age."""

    pollers: int
    backlog: int
    backlog_age: timedelta


async def task_queue_state(client: Client, kind: str, now: datetime) -> TaskQueueState:
    """Returns a queue's state; `now` is by Temporal's clock. Raises RPCError."""
    queue = await _described(client, kind, TASK_QUEUE)
    since = now - _SEEN_WITHIN
    pollers = {poller.identity for poller in queue.pollers if poller.last_access_time.ToDatetime(UTC) > since}
    stats = queue.stats
    return TaskQueueState(len(pollers), stats.approximate_backlog_count, stats.approximate_backlog_age.ToTimedelta())


async def polls(client: Client, kind: str, identity: str) -> bool:
    """Returns whether Temporal lists this worker as polling for one kind of task; raises RPCError.

    A queue has partitions. The first one has the queue's name, and a worker's first polls might
    reach only the others.
    """
    if await _lists(client, kind, TASK_QUEUE, identity):
        return True
    request = ListTaskQueuePartitionsRequest(namespace=client.namespace, task_queue=TaskQueue(name=TASK_QUEUE))
    parts = await client.workflow_service.list_task_queue_partitions(request, timeout=_CALL)
    of_kind = {
        "workflow": parts.workflow_task_queue_partitions,
        "activity": parts.activity_task_queue_partitions,
    }[kind]
    for part in of_kind:
        if part.key != TASK_QUEUE and await _lists(client, kind, part.key, identity):
            return True
    return False


async def _lists(client: Client, kind: str, part: str, identity: str) -> bool:
    queue = await _described(client, kind, part)
    return any(poller.identity == identity for poller in queue.pollers)


async def _described(client: Client, kind: str, part: str) -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=part),
        task_queue_type=KINDS[kind],
        report_stats=True,
    )
    return await client.workflow_service.describe_task_queue(request, timeout=_CALL)
