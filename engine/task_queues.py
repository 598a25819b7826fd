"""Reads from Temporal which workers poll for the gateway's tasks, and how many tasks wait."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    ListTaskQueuePartitionsRequest,
    PollActivityTaskQueueRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.identifiers import TASK_QUEUE

KINDS = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_SEEN_WITHIN = timedelta(seconds=75)
"""A poll lasts up to a minute. The server lists pollers for five minutes, dead ones included."""

_CALL = timedelta(seconds=5)
_SHORT_POLL = timedelta(seconds=3)
"""Temporal accepts no poll under two seconds, and answers a second before the end."""

_UNUSED = TaskQueue(name=f"{TASK_QUEUE}/unused")


@dataclass(frozen=True)
class TaskQueueState:
    """Workers that poll for one kind of task, and tasks that wait.

    `last_poll_at` is of any worker; `backlog_age` is the age of the oldest task.
    """

    pollers: int
    last_poll_at: datetime | None
    backlog: int
    backlog_age: timedelta


async def task_queue_state(client: Client, kind: str, now: datetime) -> TaskQueueState:
    """Returns a queue's state; `now` is by Temporal's clock. Raises RPCError."""
    queue = await _described(client, kind, TASK_QUEUE)
    since = now - _SEEN_WITHIN
    polls = [(poller.identity, poller.last_access_time.ToDatetime(UTC)) for poller in queue.pollers]
    return TaskQueueState(
        pollers=len({identity for identity, moment in polls if moment > since}),
        last_poll_at=max((moment for _, moment in polls), default=None),
        backlog=queue.stats.approximate_backlog_count,
        backlog_age=queue.stats.approximate_backlog_age.ToTimedelta(),
    )


async def polls(client: Client, kind: str, identity: str) -> bool:
    """Returns whether Temporal lists this worker among the pollers of a kind; raises RPCError."""
    async for part in _parts(client, kind):
        if any(poller.identity == identity for poller in part.pollers):
            return True
    return False


async def try_to_poll(client: Client) -> None:
    """Polls a queue without tasks, for each kind; raises RPCError if Temporal refuses that.

    It can refuse polls and answer everything else, and the SDK retries its polls silently. Its list
    of pollers shows that only after a minute, without a reason.
    """
    service, namespace, identity = client.workflow_service, client.namespace, client.identity
    workflows = PollWorkflowTaskQueueRequest(namespace=namespace, task_queue=_UNUSED, identity=identity)
    activities = PollActivityTaskQueueRequest(namespace=namespace, task_queue=_UNUSED, identity=identity)
    try:
        await asyncio.gather(
            service.poll_workflow_task_queue(workflows, timeout=_SHORT_POLL),
            service.poll_activity_task_queue(activities, timeout=_SHORT_POLL),
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.DEADLINE_EXCEEDED:  # how a slow server ends a poll
            raise


async def polling_builds(client: Client, kind: str, now: datetime) -> frozenset[str]:
    """Returns the build ids of the workers that poll for one kind of task; raises RPCError.

    A worker without one has "".
    """
    since, unversioned = now - _SEEN_WITHIN, WorkerVersioningMode.WORKER_VERSIONING_MODE_UNVERSIONED
    builds = {
        "" if poller.deployment_options.worker_versioning_mode == unversioned else poller.deployment_options.build_id
        async for part in _parts(client, kind)
        for poller in part.pollers
        if poller.last_access_time.ToDatetime(UTC) > since
    }
    return frozenset(builds)


async def _parts(client: Client, kind: str) -> AsyncIterator[DescribeTaskQueueResponse]:
    """Yields the partitions of a queue.

    The first one has the queue's name, and a worker might have polled only others.
    """
    yield await _described(client, kind, TASK_QUEUE)
    request = ListTaskQueuePartitionsRequest(namespace=client.namespace, task_queue=TaskQueue(name=TASK_QUEUE))
    parts = await client.workflow_service.list_task_queue_partitions(request, timeout=_CALL)
    of_kind = {
        "workflow": parts.workflow_task_queue_partitions,
        "activity": parts.activity_task_queue_partitions,
    }[kind]
    for part in of_kind:
        if part.key != TASK_QUEUE:
            yield await _described(client, kind, part.key)


async def _described(client: Client, kind: str, part: str) -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=part),
        task_queue_type=KINDS[kind],
        report_stats=part == TASK_QUEUE,  # Temporal has them for the root partition only
    )
    return await client.workflow_service.describe_task_queue(request, timeout=_CALL)
