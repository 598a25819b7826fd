"""Reads from Temporal whether a candidate is decided, before a message about it is sent."""

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.identifiers import MEMO_DECISION, approval_workflow_id
from engine.calls import reason_of, state_of
from engine.standing import STANDING

_CALL = timedelta(seconds=0.7)
_TRIES = 2
"""A message as late as that is better than a wrong one; a wrong one is better than none."""


class DecidedCandidates:
    """Satisfies the activities' Standings."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def is_decided(self, candidate_id: str) -> bool:
        run = WorkflowExecution(workflow_id=approval_workflow_id(candidate_id))
        request = DescribeWorkflowExecutionRequest(namespace=self._client.namespace, execution=run)
        for _ in range(_TRIES):
            try:
                described = await self._client.workflow_service.describe_workflow_execution(request, timeout=_CALL)
            except RPCError as error:
                if state := state_of(error):
                    STANDING.met(state, reason_of(error))
            else:
                STANDING.served()
                return MEMO_DECISION in described.workflow_execution_info.memo.fields
        return False
