"""Whether Temporal serves runs: its frontend may answer for itself while the histories behind it do not."""

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

_NOBODYS = "nobodys-run"


async def ask_for_a_run(client: Client, patience: timedelta) -> None:
    """Ask for a run that nobody has, of a namespace that is known; raises RPCError unless Temporal says that."""
    run = WorkflowExecution(workflow_id=_NOBODYS)
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=run)
    try:
        await client.workflow_service.describe_workflow_execution(request, timeout=patience)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
