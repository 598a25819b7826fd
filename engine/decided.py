"""Reads from Temporal whether a candidate is decided, before a message about it is sent."""

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.errors import EngineUnavailableError
from domain.identifiers import MEMO_DECISION, approval_workflow_id
from engine.calls import engine_call

_CALL = timedelta(seconds=1)
"""For one attempt: a message this late is better than a wrong one; a wrong one better than none."""


class DecidedCandidates:
    """Satisfies the activities' Standings."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def is_decided(self, candidate_id: str) -> bool:
        run = WorkflowExecution(workflow_id=approval_workflow_id(candidate_id))
        request = DescribeWorkflowExecutionRequest(namespace=self._client.namespace, execution=run)
        try:
            async with engine_call():
                described = await self._client.workflow_service.describe_workflow_execution(request, timeout=_CALL)
        except (EngineUnavailableError, RPCError):
            return False
        return MEMO_DECISION in described.workflow_execution_info.memo.fields
