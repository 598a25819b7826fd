"""What Temporal says of the workers that ask for the gateway's tasks, and of the tasks that wait for one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType, WorkerVersioningMode
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
"""A poll lasts up to a minute; the server remembers who polled for five, the dead too."""

_CALL = timedelta(seconds=5)


@dataclass(frozen=True)
class TaskQueueState:
    """How many workers ask for tasks of one kind and when one last did, how many tasks wait, and since when."""

    pollers: int
    last_poll_at: datetime | None
    backlog: int
    backlog_age: timedelta


async def task_queue_state(client: Client, kind: str, now: datetime) -> TaskQueueState:
    """Raise RPCError if Temporal does not tell; `now` is compared with what Temporal's clock said."""
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
    """Whether Temporal lists this worker among those that ask for tasks of one kind; raises RPCError."""
    async for part in _parts(client, kind):
        if any(poller.identity == identity for poller in part.pollers):
            return True
    return False


async def polling_builds(client: Client, kind: str, now: datetime) -> frozenset[str]:
    """Returns the build ids of the workers that ask for tasks of one kind, "" for those without; raises RPCError."""
    since, unversioned = now - _SEEN_WITHIN, WorkerVersioningMode.WORKER_VERSIONING_MODE_UNVERSIONED
    builds = {
        "" if poller.deployment_options.worker_versioning_mode == unversioned else poller.deployment_options.build_id
        async for part in _parts(client, kind)
        for poller in part.pollers
        if poller.last_access_time.ToDatetime(UTC) > since
    }
    return frozenset(builds)


async def _parts(client: Client, kind: str) -> AsyncIterator[DescribeTaskQueueResponse]:
    """Yields the parts of a queue: the first one has the queue's name, and a worker may have reached others only."""
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
        report_stats=True,
    )
    return await client.workflow_service.describe_task_queue(request, timeout=_CALL)
