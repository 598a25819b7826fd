"""An operator, in front of Temporal's UI or CLI."""

from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle


async def current_details(run: WorkflowHandle[Any, Any]) -> str:
    """Read what the UI shows at the top of a run; a worker has to be there."""
    metadata: WorkflowMetadata = await run.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def pending_activities(run: WorkflowHandle[Any, Any]) -> dict[str, int]:
    """Give the number of the attempt of each activity that is pending, by its id; needs no worker."""
    pending = (await run.describe()).raw_description.pending_activities
    return {activity.activity_id: activity.attempt for activity in pending}
