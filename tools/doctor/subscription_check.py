"""The sidecar's subscription: its last renewal, from the history of the workflow for it."""

from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config.settings import Settings
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID
from tools.doctor.findings import LONGEST_REQUEST, Finding, ok, problem

_NAME = "imessage.subscription"
_LONGEST_PAUSE = timedelta(seconds=90)
"""Three renewals."""

_NEWEST_EVENTS = 20


async def subscription(client: Client, _: Settings) -> list[Finding]:
    """Checks the subscription, without which owners' iMessages do not reach the gateway."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=PHOTON_SUBSCRIPTION_WORKFLOW_ID)
    )
    try:
        described = await client.workflow_service.describe_workflow_execution(request, timeout=LONGEST_REQUEST)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return [_not_running()]
    run = described.workflow_execution_info
    if run.status != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING:
        return [_not_running()]
    renewed_at = await _renewed_at(client, run.execution.run_id)
    age = datetime.now(UTC) - (renewed_at or run.start_time.ToDatetime(UTC))
    if age <= _LONGEST_PAUSE:
        return [ok(_NAME, f"renewed {age.total_seconds():.0f} s ago" if renewed_at else "about to be renewed")]
    attempt = max((pending.attempt for pending in described.pending_activities), default=0)
    says = f"last renewed {age.total_seconds():.0f} s ago" + (f", now at attempt {attempt}" if attempt > 1 else "")
    fix = f"fix temporal.workers and imessage.sidecar; {PHOTON_SUBSCRIPTION_WORKFLOW_ID} then continues by itself"
    return [problem(_NAME, f"{says}: owners' answers on iMessage may be lost", fix)]


def _not_running() -> Finding:
    says = f"workflow {PHOTON_SUBSCRIPTION_WORKFLOW_ID} is not running: no answer on iMessage arrives"
    return problem(_NAME, says, "run a worker that has PHOTON_BASE_URL: it starts the workflow within 30 s")


async def _renewed_at(client: Client, run_id: str) -> datetime | None:
    """Returns the time of the newest renewal among the newest events."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=PHOTON_SUBSCRIPTION_WORKFLOW_ID, run_id=run_id),
        maximum_page_size=_NEWEST_EVENTS,
    )
    newest = await client.workflow_service.get_workflow_execution_history_reverse(request, timeout=LONGEST_REQUEST)
    completed = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
    renewals = [event.event_time.ToDatetime(UTC) for event in newest.history.events if event.event_type == completed]
    return renewals[0] if renewals else None
