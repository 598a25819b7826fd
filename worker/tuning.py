"""A worker's concurrency; docs/appendix/measurements.md has the figures behind each number."""

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
    # A run outside the cache replays about twenty events, which nobody notices; a cached run takes
    # 80 KiB.
    max_cached_workflows=500,
    # Tasks that wait in the worker escape Temporal's fairness among brands, and Python runs one at
    # a time anyway.
    max_concurrent_workflow_tasks=5,
    # How long a reply waits for a killed worker that had its run cached; the SDK's default is ten
    # seconds.
    sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
    activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    # Nothing is stored externally; with more than one, each look at a payload would become an
    # asyncio task.
    max_workflow_task_external_storage_concurrency=1,
)
