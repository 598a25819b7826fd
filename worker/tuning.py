"""How much a worker takes on at once; docs/appendix/measurements.md has the measurements behind each number."""

from datetime import timedelta
from typing import TypedDict

from temporalio.worker import PollerBehavior, PollerBehaviorAutoscaling


class Tuning(TypedDict):
    """Options of the SDK's Worker."""

    max_cached_workflows: int
    max_concurrent_workflow_tasks: int
    sticky_queue_schedule_to_start_timeout: timedelta
    workflow_task_poller_behavior: PollerBehavior
    activity_task_poller_behavior: PollerBehavior
    max_workflow_task_external_storage_concurrency: int


TUNING = Tuning(
    # A run that is not in the cache replays some twenty events, which nobody notices; one that is takes 80 KiB.
    max_cached_workflows=500,
    # What waits in the worker is beyond Temporal's turns among brands, and Python runs one task at a time anyway.
    max_concurrent_workflow_tasks=5,
    # So long a reply waits for a worker that was killed with its run in the cache; the SDK's default is ten seconds.
    sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
    activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    # Nothing is stored elsewhere; more than one would make a task of asyncio's of each look at a payload.
    max_workflow_task_external_storage_concurrency=1,
)
