"""Candidates at the edge: accepted as workflow starts, read from the workflow's description."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.approvers import Approvers
from api.brand_turns import BrandTurns
from api.engine import engine_call
from api.engine_clock import EngineClock
from api.owners import Owners
from api.schemas import CandidateIn
from domain import identifiers
from domain.approval import PromptState
from domain.candidate import CURRENT_RULES, Approver, Candidate
from domain.decision import ApprovalState, CallbackState, Decision
from domain.deliveries import PromptStanding
from domain.errors import (
    ConflictingCandidateError,
    NoChannelError,
    RecipientNotAllowedError,
    UnknownCandidateError,
)
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

log = structlog.get_logger()


@dataclass(frozen=True)
class CandidateRecord:
    """What Temporal's memo and search attributes say of a candidate."""

    candidate: Candidate
    state: ApprovalState
    decision: Decision | None
    callback: CallbackState | None
    prompt_ids: Sequence[str]
    troubles: Sequence[PromptState]
    is_running: bool
    is_cancelled: bool
    """An operator has requested cancellation, which no worker may have read yet; only a description tells."""

    def numbers(self, senders: Sequence[Approver]) -> list[int]:
        """The numbers that somebody has among the approvers, by any of their addresses."""
        return [n for n, approver in enumerate(self.candidate.approvers, start=1) if approver in senders]

    def unfailed(self, senders: Sequence[Approver]) -> list[int]:
        """The numbers of somebody whose prompts did not fail, as far as is noted."""
        return [n for n in self.numbers(senders) if self.prompts[n - 1].standing is not PromptStanding.FAILED]

    def has_asked(self, senders: Sequence[Approver]) -> bool:
        return any(self.candidate.chat_name(number) in self.prompt_ids for number in self.numbers(senders))

    @property
    def prompts(self) -> list[PromptState]:
        """How the prompt of each approver stands, in their order, with the provider's code where it failed."""
        troubles = {trouble.chat: trouble for trouble in self.troubles}
        names = [self.candidate.chat_name(number) for number in range(1, len(self.candidate.approvers) + 1)]
        return [troubles.get(name) or PromptState(name, self._untroubled(name)) for name in names]

    def _untroubled(self, chat_name: str) -> PromptStanding:
        return PromptStanding.ARRIVED if chat_name in self.prompt_ids else PromptStanding.WAITING

    @classmethod
    async def of(cls, execution: WorkflowExecution) -> "CandidateRecord":
        attributes = execution.typed_search_attributes
        candidate: Candidate = await execution.memo_value(identifiers.MEMO_CANDIDATE, type_hint=Candidate)
        return cls(
            candidate=candidate.started_at(_started_at(execution)),
            state=ApprovalState(attributes.get(search_attributes.APPROVAL_STATE, ApprovalState.NEW)),
            decision=await execution.memo_value(identifiers.MEMO_DECISION, None, type_hint=Decision),
            callback=_callback(execution),
            prompt_ids=attributes.get(search_attributes.PROMPT_IDS, []),
            troubles=await execution.memo_value(identifiers.MEMO_PROMPTS, [], type_hint=list[PromptState]),
            is_running=execution.status is WorkflowExecutionStatus.RUNNING,
            is_cancelled=_is_cancelled(execution),
        )


def _started_at(execution: WorkflowExecution) -> datetime:
    """Returns when the candidate's life began; the list has of a run that was reset the moment of the reset."""
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
    """Read how the callback stands; a run ends well only once core has the decision."""
    if execution.status is WorkflowExecutionStatus.COMPLETED:
        return CallbackState.DELIVERED
    state = execution.typed_search_attributes.get(search_attributes.CALLBACK_STATE)
    return CallbackState(state) if state else None


class Candidates:
    def __init__(self, client: Client, owners: Owners, approvers: Approvers, clock: EngineClock) -> None:
        self._client = client
        self._clock = clock
        self._owners = owners
        self._approvers = approvers
        self._turns = BrandTurns()

    async def accept(self, request: CandidateIn, accepted_at: datetime) -> tuple[Candidate, bool]:
        """Start the candidate's workflow; False if the same content was accepted before.

        Raises NoChannelError, RecipientNotAllowedError, ConflictingCandidateError and EngineUnavailableError; then
        nothing was started, unless Temporal answers too late: the same request again is a duplicate then.
        """
        try:
            candidate = self._candidate(request, accepted_at)
        except (NoChannelError, RecipientNotAllowedError) as refusal:
            return await self._accepted_or(refusal, request), False
        try:
            await self._start(candidate, request.content_hash)
        except WorkflowAlreadyStartedError:
            return await self._accepted_before(request), False
        workflow_id = identifiers.approval_workflow_id(candidate.id)
        log.info("candidate_accepted", candidate_id=candidate.id, brand_id=candidate.brand_id, workflow_id=workflow_id)
        return candidate, True

    async def read(self, candidate_id: str) -> CandidateRecord:
        """Read one candidate, consistently and without a worker; raises UnknownCandidateError."""
        return await CandidateRecord.of(await self.describe(candidate_id))

    async def describe(self, candidate_id: str) -> WorkflowExecutionDescription:
        handle = self._client.get_workflow_handle(identifiers.approval_workflow_id(candidate_id))
        try:
            async with engine_call():
                return await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise UnknownCandidateError(f"no candidate {candidate_id} is known") from error
            raise

    async def _accepted_or(self, refusal: Exception, request: CandidateIn) -> Candidate:
        """Give what was accepted before its brand changed; raises the refusal if nothing was."""
        try:
            return await self._accepted_before(request)
        except UnknownCandidateError:
            raise refusal from None

    def _candidate(self, request: CandidateIn, accepted_at: datetime) -> Candidate:
        brand = self._approvers.brand(request.brand_id)
        time_to_decide = brand.time_to_decide(
            timedelta(seconds=request.deadline_sec), is_named="deadline_sec" in request.model_fields_set
        )
        fields = request.model_dump(exclude={"deadline_sec", "owner_whatsapp", "owner_imessage", "risk_flags"})
        return Candidate(
            **fields,
            risk_flags=tuple(request.risk_flags),
            accepted_at=accepted_at,
            deadline=accepted_at + time_to_decide,
            approvers=self._approvers.of(request, brand),
            rules=CURRENT_RULES,
        )

    async def _start(self, candidate: Candidate, content_hash: str) -> None:
        started_at = partial(self._started_at, candidate.id)
        async with engine_call(), self._turns.of(candidate.brand_id), self._clock.measured_by(started_at):
            await self._client.start_workflow(
                ApprovalWorkflow.run,
                candidate,
                id=identifiers.approval_workflow_id(candidate.id),
                task_queue=identifiers.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                priority=Priority(fairness_key=identifiers.fairness_key(candidate.brand_id)),
                memo={identifiers.MEMO_CANDIDATE: candidate, identifiers.MEMO_CONTENT: content_hash},
                search_attributes=self._search_attributes(candidate),
                static_summary=f"{candidate.brand_id} on {candidate.platform}: {candidate.id}",
                static_details=f"Answers {candidate.context_url}",
            )

    async def _started_at(self, candidate_id: str) -> datetime:
        return _started_at(await self.describe(candidate_id))

    def _search_attributes(self, candidate: Candidate) -> TypedSearchAttributes:
        return TypedSearchAttributes(
            [
                SearchAttributePair(search_attributes.BRAND_ID, candidate.brand_id),
                SearchAttributePair(search_attributes.APPROVAL_STATE, ApprovalState.NEW),
                SearchAttributePair(search_attributes.OWNER, self._owners.current_hashes(candidate.approvers)),
            ]
        )

    async def _accepted_before(self, request: CandidateIn) -> Candidate:
        description = await self.describe(request.id)
        if await description.memo_value(identifiers.MEMO_CONTENT, type_hint=str) != request.content_hash:
            raise ConflictingCandidateError(
                f"a candidate {request.id} with other content was accepted before; use a new id for a new draft"
            )
        return (await CandidateRecord.of(description)).candidate
