"""Candidates that others replace: read from their runs' descriptions, and signalled by a request that counts once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from domain import identifiers
from domain.candidate import Approver, Candidate
from domain.core_withdrawal import CoreWithdrawal
from domain.decision import Decision
from domain.errors import EngineUnavailableError
from domain.predecessor import Predecessor
from domain.sending.prompt_ids import PromptIds
from domain.temporal_names import SignalName

_CALL = timedelta(seconds=4)
_PROMPT_IDS = SearchAttributeKey.for_keyword_list(identifiers.PROMPT_IDS)


class SignalTraces(Protocol):
    def signal(self, signal: str, workflow_id: str) -> AbstractContextManager[Mapping[str, Payload]]:
        """Trace a signal; yields the headers that it takes along."""


class TemporalPredecessors:
    """Satisfies the activities' Predecessors."""

    def __init__(self, client: Client, traces: SignalTraces) -> None:
        self._client = client
        self._traces = traces

    async def read(self, candidate_id: str) -> Predecessor | None:
        run = self._client.get_workflow_handle(identifiers.approval_workflow_id(candidate_id))
        try:
            return await _predecessor(await run.describe(rpc_timeout=_CALL))
        except RPCError as error:
            if _is_unknown_run(error):
                return None
            raise _outage(error) from None

    async def withdraw(self, candidate_id: str, successor_id: str, approvers: Sequence[Approver]) -> None:
        workflow_id = identifiers.approval_workflow_id(candidate_id)
        wish = CoreWithdrawal.in_favour_of(successor_id, approvers)
        request = SignalWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            signal_name=SignalName.WITHDRAW,
            input=Payloads(payloads=await self._client.data_converter.encode([wish])),
            request_id=identifiers.withdrawal_request(successor_id),
            identity=self._client.identity,
        )
        with self._traces.signal(SignalName.WITHDRAW, workflow_id) as headers:
            request.header.CopyFrom(Header(fields=headers))
            try:
                await self._client.workflow_service.signal_workflow_execution(request, timeout=_CALL)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise _outage(error) from None


async def _predecessor(run: WorkflowExecutionDescription) -> Predecessor:
    candidate: Candidate = await run.memo_value(identifiers.MEMO_CANDIDATE, type_hint=Candidate)
    left: list[str] = await run.memo_value(identifiers.MEMO_LEFT, [], type_hint=list[str])
    chats = PromptIds.read(run.typed_search_attributes.get(_PROMPT_IDS, [])).chats
    return Predecessor(
        candidate=candidate,
        decision=await run.memo_value(identifiers.MEMO_DECISION, None, type_hint=Decision),
        has_ended=run.status is not WorkflowExecutionStatus.RUNNING,
        took_place=await run.memo_value(identifiers.MEMO_PLACE, None, type_hint=bool),
        asked=[
            approver
            for number, approver in enumerate(candidate.approvers, start=1)
            if candidate.chat_name(number) in chats
        ],
        left=[approver for approver in candidate.approvers if str(approver) in left],
    )


def _is_unknown_run(error: RPCError) -> bool:
    """Whether a run is not found, and not the namespace; a proxy's NOT_FOUND has no details at all."""
    return error.status is RPCStatusCode.NOT_FOUND and any(
        detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )


def _outage(error: RPCError) -> EngineUnavailableError:
    return EngineUnavailableError(f"Temporal does not answer about a candidate: {error.status.name}")
