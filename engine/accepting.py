"""Accepts a candidate by starting its workflow, once per id."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain import identifiers
from domain.candidate import CURRENT_RULES, Candidate
from domain.conversation.numbers import number_of
from domain.decision import ApprovalState
from domain.errors import (
    ConflictingCandidateError,
    DecidedCandidateError,
    EngineUnavailableError,
    NoChannelError,
    NothingToReplaceError,
    RecipientNotAllowedError,
    UnknownCandidateError,
)
from domain.owners.recipients import AllowedRecipients
from domain.submission import Submission
from engine.approvers import BrandBook, approvers_of
from engine.brand_turns import BrandTurns
from engine.calls import engine_call
from engine.candidates import CandidateRecord, Candidates, started_at
from engine.clock import EngineClock
from engine.owner_hashes import OwnerHashes
from engine.withdrawing import weigh_replacement
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

log = structlog.get_logger()

_REFUSALS = (NoChannelError, RecipientNotAllowedError, NothingToReplaceError, DecidedCandidateError)
"""Reasons to reject a new candidate, unless its content was accepted before they arose."""


class Accepting:
    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators, wired in one place
        self,
        client: Client,
        candidates: Candidates,
        owner_hashes: OwnerHashes,
        brands: BrandBook,
        allowed: AllowedRecipients,
        clock: EngineClock,
        *,
        has_buttons: bool,
    ) -> None:
        """`has_buttons`: whether a message with buttons can follow a text prompt."""
        self._client = client
        self._candidates = candidates
        self._owner_hashes = owner_hashes
        self._brands = brands
        self._allowed = allowed
        self._clock = clock
        self._has_buttons = has_buttons
        self._turns = BrandTurns()

    async def accept(self, submission: Submission, accepted_at: datetime) -> tuple[Candidate, bool]:
        """Starts the candidate's workflow; returns False if the same content was accepted before.

        Raises NoChannelError, RecipientNotAllowedError, ConflictingCandidateError,
        NothingToReplaceError, DecidedCandidateError and EngineUnavailableError. Nothing was started
        then, unless Temporal answers too late: in that case, the same submission is a duplicate
        when it is repeated.
        """
        try:
            candidate = self._candidate(submission, accepted_at)
            if candidate.replaces:
                weigh_replacement(submission, await self._candidates.find(candidate.replaces))
        except _REFUSALS as refusal:
            return await self._accepted_or(refusal, submission), False
        try:
            with _naming(candidate):
                await self._start(candidate, submission.content_hash)
        except WorkflowAlreadyStartedError:
            return await self._accepted_before(submission), False
        workflow_id = identifiers.approval_workflow_id(candidate.id)
        log.info("candidate_accepted", candidate_id=candidate.id, brand_id=candidate.brand_id, workflow_id=workflow_id)
        return candidate, True

    def _candidate(self, submission: Submission, accepted_at: datetime) -> Candidate:
        brand = self._brands.of(submission.draft.brand_id)
        draft = submission.draft
        deadline = accepted_at + brand.time_to_decide(submission.time_to_decide, is_named=submission.is_time_named)
        return Candidate(
            **vars(draft),
            accepted_at=accepted_at,
            deadline=deadline,
            approvers=approvers_of(submission, brand, self._allowed),
            rules=CURRENT_RULES,
            brand_name=brand.name,
            utc_offset=brand.utc_offset_at(deadline),
            longest_post=brand.longest_posts.get(draft.platform),
            has_buttons=self._has_buttons,
        )

    async def _accepted_or(self, refusal: Exception, submission: Submission) -> Candidate:
        """Returns what was accepted before its brand changed; raises the refusal if nothing was."""
        try:
            return await self._accepted_before(submission)
        except UnknownCandidateError:
            raise refusal from None

    async def _accepted_before(self, submission: Submission) -> Candidate:
        candidate_id = submission.draft.id
        description = await self._candidates.describe(candidate_id)
        accepted = (await CandidateRecord.of(description)).candidate
        if not submission.repeats(accepted, await description.memo_value(identifiers.MEMO_CONTENT, type_hint=str)):
            raise ConflictingCandidateError(
                f"candidate {candidate_id} was already accepted with other content; use a new id for a new draft"
            )
        return accepted

    async def _start(self, candidate: Candidate, content_hash: str) -> None:
        measured_by = self._clock.measured_by(partial(self._started_at, candidate.id))
        async with engine_call(), self._turns.of(candidate.brand_id), measured_by:
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
        return started_at(await self._candidates.describe(candidate_id))

    def _search_attributes(self, candidate: Candidate) -> TypedSearchAttributes:
        return TypedSearchAttributes(
            [
                SearchAttributePair(search_attributes.BRAND_ID, candidate.brand_id),
                SearchAttributePair(search_attributes.APPROVAL_STATE, ApprovalState.NEW),
                SearchAttributePair(search_attributes.NUMBER, number_of(candidate.id)),
                SearchAttributePair(search_attributes.OWNER, self._owner_hashes.current_hashes(candidate.approvers)),
            ]
        )


@contextmanager
def _naming(candidate: Candidate) -> Iterator[None]:
    """Adds the candidate's longest field to an error about its size."""
    try:
        yield
    except EngineUnavailableError as error:
        if not error.state.traits.is_of_the_request:
            raise
        fields = {name: len(value) for name, value in vars(candidate).items() if isinstance(value, str)}
        longest = max(fields, key=lambda name: fields[name])
        raise EngineUnavailableError(f"{error}: {longest} has {fields[longest]} characters", error.state) from error
