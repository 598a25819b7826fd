"""What Temporal says of the workers that ask for the gateway's tasks, and of the tasks that wait for one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
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
    """How many workers ask for tasks of one kind, how many tasks wait, and since when."""

    pollers: int
    backlog: int
    backlog_age: timedelta


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
