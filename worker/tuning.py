"""How much a worker takes on at once; docs/performance.md has the measurements behind it."""

from typing import TypedDict

from temporalio.worker import PollerBehavior, PollerBehaviorAutoscaling


class Tuning(TypedDict):
    """Options of the SDK's Worker."""

    workflow_task_poller_behavior: PollerBehavior
    activity_task_poller_behavior: PollerBehavior


TUNING = Tuning(
    workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
    activity_task_poller_behavior=PollerBehaviorAutoscaling(),
)
