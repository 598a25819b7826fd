"""An operator, in front of Temporal's UI or CLI."""

import json
from datetime import timedelta
from typing import Any

from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client, WorkflowHandle

from tests.harness.processes import until


async def current_details(run: WorkflowHandle[Any, Any]) -> str:
    """Returns what the UI shows at the top of a run; this needs a worker."""
    metadata: WorkflowMetadata = await run.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def until_details(run: WorkflowHandle[Any, Any], words: str, *, times: int = 1) -> str:
    """Waits until the UI shows words this many times for a run; returns everything it shows."""
    return await until(lambda: current_details(run), lambda details: details.count(words) >= times)


async def until_found(client: Client, query: str, count: int = 1) -> None:
    """Waits until a search finds this many runs; searches lag behind."""
    await until(lambda: client.count_workflows(query), lambda found: found.count == count)


async def pending_activities(run: WorkflowHandle[Any, Any]) -> dict[str, int]:
    """Returns each pending activity's attempt number, by its id; this needs no worker."""
    pending = (await run.describe()).raw_description.pending_activities
    return {activity.activity_id: activity.attempt for activity in pending}


async def until_retried(run: WorkflowHandle[Any, Any]) -> str:
    """Waits until an activity of a run is retried; returns its id."""
    pending = await until(lambda: pending_activities(run), lambda attempts: any(n > 1 for n in attempts.values()))
    return next(activity_id for activity_id, attempt in pending.items() if attempt > 1)


async def timers(run: WorkflowHandle[Any, Any]) -> list[str]:
    """Returns the summaries of all timers of a run, in order."""
    events = (await run.fetch_history()).events
    started = [event for event in events if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    return [json.loads(event.user_metadata.summary.data) for event in started]


async def signals(run: WorkflowHandle[Any, Any]) -> list[str]:
    """Returns the names of all signals that a run received, in order."""
    events = (await run.fetch_history()).events
    received = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    return [e.workflow_execution_signaled_event_attributes.signal_name for e in events if e.event_type == received]


async def handed_over(run: WorkflowHandle[Any, Any]) -> list[str]:
    """Returns the ids of the activities that passed a run's receipts to the chats' runs."""
    events = (await run.fetch_history()).events
    scheduled = [e.activity_task_scheduled_event_attributes for e in events]
    return [activity.activity_id for activity in scheduled if activity.activity_id.startswith("receipt/")]


async def change_timeout(
    client: Client, run: WorkflowHandle[Any, Any], activity_id: str, name: str, to: timedelta
) -> None:
    """Changes a timeout of a pending activity, as `temporal activity update-options` does."""
    change = UpdateActivityOptionsRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run.id),
        id=activity_id,
        activity_options=ActivityOptions(),
    )
    getattr(change.activity_options, name).FromTimedelta(to)
    change.update_mask.paths.append(name)
    await client.workflow_service.update_activity_options(change)
