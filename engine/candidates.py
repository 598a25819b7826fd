"""Candidates as Temporal knows them, read from a workflow's description or its entry in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain import identifiers
from domain.approval import PromptState
from domain.candidate import Approver, Candidate
from domain.decision import ApprovalState, CallbackState, Decision
from domain.errors import UnknownCandidateError
from domain.sending.prompt_ids import PromptIds
from domain.sending.provider_faults import OPTED_OUT
from domain.sending.sends import PromptStanding
from engine.calls import engine_call
from workflows import search_attributes


@dataclass(frozen=True)
class CandidateRecord:
    """What Temporal's memo and search attributes contain about a candidate."""

    candidate: Candidate
    state: ApprovalState
    decision: Decision | None
    callback: CallbackState | None
    prompt_ids: PromptIds
    troubles: Sequence[PromptState]
    is_running: bool
    is_cancelled: bool
    """Whether an operator requested cancellation, which a worker might not have read yet.

    Only a description contains this.
    """

    events: int = 0
    """The length of the run's history; of a running one, only a description contains this."""

    @property
    def is_open(self) -> bool:
        return self.is_running and self.decision is None

    def approver_among(self, senders: Sequence[Approver]) -> Approver | None:
        """Returns the first of the addresses that is an approver; None if none is."""
        return next((sender for sender in senders if sender in self.candidate.approvers), None)

    def numbers(self, senders: Sequence[Approver]) -> list[int]:
        """Returns the positions of these addresses among the approvers, counted from 1."""
        return [n for n, approver in enumerate(self.candidate.approvers, start=1) if approver in senders]

    def unfailed(self, senders: Sequence[Approver]) -> list[int]:
        """Returns those positions whose prompts have not failed, as far as the run has noted."""
        return [n for n in self.numbers(senders) if self.prompts[n - 1].standing is not PromptStanding.FAILED]

    def has_asked(self, senders: Sequence[Approver]) -> bool:
        return any(self.candidate.chat_name(number) in self.prompt_ids.chats for number in self.numbers(senders))

    def has_opted_out(self, senders: Sequence[Approver]) -> bool:
        """Returns whether all prompts to these addresses ended because the owner opted out."""
        prompts = [self.prompts[number - 1] for number in self.numbers(senders)]
        return bool(prompts) and all(p.standing is PromptStanding.FAILED and p.error_code == OPTED_OUT for p in prompts)

    def shown_whole(self, senders: Sequence[Approver]) -> bool | None:
        """Returns False if each prompt to these addresses failed or is cut.

        Returns None otherwise, because only the run knows.
        """
        return False if all(self.prompts[number - 1].is_cut for number in self.unfailed(senders)) else None

    @property
    def prompts(self) -> list[PromptState]:
        """The state of each approver's prompt, in order, with the provider's code if it failed."""
        troubles = {trouble.chat: trouble for trouble in self.troubles}
        names = [self.candidate.chat_name(number) for number in range(1, len(self.candidate.approvers) + 1)]
        return [troubles.get(name) or PromptState(name, self._untroubled(name)) for name in names]

    def _untroubled(self, chat_name: str) -> PromptStanding:
        return PromptStanding.ARRIVED if chat_name in self.prompt_ids.chats else PromptStanding.WAITING

    @classmethod
    async def of(cls, execution: WorkflowExecution) -> "CandidateRecord":
        attributes = execution.typed_search_attributes
        candidate: Candidate = await execution.memo_value(identifiers.MEMO_CANDIDATE, type_hint=Candidate)
        return cls(
            candidate=candidate.started_at(started_at(execution)),
            state=ApprovalState(attributes.get(search_attributes.APPROVAL_STATE, ApprovalState.NEW)),
            decision=await execution.memo_value(identifiers.MEMO_DECISION, None, type_hint=Decision),
            callback=_callback(execution),
            prompt_ids=PromptIds.read(attributes.get(search_attributes.PROMPT_IDS, [])),
            troubles=await execution.memo_value(identifiers.MEMO_PROMPTS, [], type_hint=list[PromptState]),
            is_running=execution.status is WorkflowExecutionStatus.RUNNING,
            is_cancelled=_is_cancelled(execution),
            events=execution.history_length,
        )


def candidate_id_of(execution: WorkflowExecution) -> str:
    """Returns the id of a run's candidate, even if the run's payloads are unreadable."""
    return execution.id.partition("/")[2]


def started_at(execution: WorkflowExecution) -> datetime:
    """Returns when the candidate's life began.

    For a run that was reset, a list contains the time of the reset instead.
    """
    if isinstance(execution, WorkflowExecutionDescription):
        info = execution.raw_description.workflow_extended_info
        if info.HasField("original_start_time"):
            return info.original_start_time.ToDatetime(UTC)
    return execution.start_time


def _is_cancelled(execution: WorkflowExecution) -> bool:
    if isinstance(execution, WorkflowExecutionDescription):
        return execution.raw_description.workflow_extended_info.cancel_requested
    return False


def _callback(execution: WorkflowExecution) -> CallbackState | None:
    """Returns the state of the callback; a run completes only once core has the decision."""
    if execution.status is WorkflowExecutionStatus.COMPLETED:
        return CallbackState.DELIVERED
    state = execution.typed_search_attributes.get(search_attributes.CALLBACK_STATE)
    return CallbackState(state) if state else None


class Candidates:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self, candidate_id: str) -> CandidateRecord:
        """Reads a candidate consistently, without a worker; raises UnknownCandidateError."""
        return await CandidateRecord.of(await self.describe(candidate_id))

    async def find(self, candidate_id: str) -> CandidateRecord | None:
        """Reads a candidate as `read` does; returns None if it is unknown."""
        try:
            return await self.read(candidate_id)
        except UnknownCandidateError:
            return None

    async def describe(self, candidate_id: str) -> WorkflowExecutionDescription:
        handle = self._client.get_workflow_handle(identifiers.approval_workflow_id(candidate_id))
        try:
            async with engine_call():
                return await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise UnknownCandidateError(f"no candidate {candidate_id} is known") from error
            raise
