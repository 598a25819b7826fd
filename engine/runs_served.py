"""Checks that Temporal serves runs, which its frontend cannot tell, and lets us signal them."""

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

_NOBODYS = "nobodys-run"
_RUN = WorkflowExecution(workflow_id=_NOBODYS)


async def ask_for_a_run(client: Client, patience: timedelta) -> None:
    """Describes a run that does not exist; raises RPCError unless Temporal says just that.

    Temporal must know the namespace already.
    """
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=_RUN)
    try:
        await client.workflow_service.describe_workflow_execution(request, timeout=patience)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def try_to_signal(client: Client, patience: timedelta | None = None) -> None:
    """Signals a run that does not exist; raises RPCError unless Temporal says just that.

    A key that can only read is refused.
    """
    request = SignalWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=_RUN, signal_name=_NOBODYS, identity=client.identity
    )
    try:
        await client.workflow_service.signal_workflow_execution(request, timeout=patience)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
