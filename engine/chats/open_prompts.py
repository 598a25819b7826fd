"""Searches for what an owner might be answering; Temporal's visibility store lags by moments."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import Client, WorkflowExecutionDescription

from domain import identifiers
from domain.candidate import Approver, Candidate
from domain.errors import UnknownCandidateError
from engine.calls import engine_call
from engine.candidates import CandidateRecord, Candidates
from engine.histories import Histories
from engine.owner_hashes import OwnerHashes
from workflows.search_attributes import IS_UNDECIDED

_MOST = 50
"""Open candidates of one owner that a search considers."""
_MOST_READ = 12


@dataclass(frozen=True)
class ChatRecord:
    """A sender's candidate, and whether this chat was asked about it or is being asked now."""

    record: CandidateRecord
    sender: Approver
    is_asked: bool

    @property
    def candidate(self) -> Candidate:
        return self.record.candidate


class OpenPrompts:
    def __init__(self, client: Client, owner_hashes: OwnerHashes, candidates: Candidates, histories: Histories) -> None:
        self._client = client
        self._owner_hashes = owner_hashes
        self._candidates = candidates
        self._histories = histories

    async def asked(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Searches for open candidates that this chat was asked about; earliest deadline first."""
        mine = f"{self._owned_by(senders)} AND {IS_UNDECIDED}"
        found = await self._search(f"{mine} AND PromptIds = '{senders[0].channel}'", _MOST)
        asked = [record for record in found if record.has_asked(senders) and not record.has_opted_out(senders)]
        return sorted(asked, key=lambda record: record.candidate.deadline)

    async def open_records(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Searches for candidates that are open for this chat, asked about yet or not."""
        return [record for record in await self.addressed(senders) if not record.has_opted_out(senders)]

    async def still_open(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Searches as `open_records` does, then reads the results, because a search lags.

        Many results are not read.
        """
        found = await self.open_records(senders)
        if len(found) > _MOST_READ:
            return found
        read = await asyncio.gather(*(self._candidates.find(record.candidate.id) for record in found))
        return [record for record in read if record and record.is_open and not record.has_opted_out(senders)]

    async def open_candidates(self, senders: Sequence[Approver]) -> list[Candidate]:
        return [record.candidate for record in await self.open_records(senders)]

    async def addressed(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Searches for open candidates addressed to these senders, asked or not; newest first."""
        return await self._search(f"{self._owned_by(senders)} AND {IS_UNDECIDED}", _MOST)

    async def read(self, candidate_id: str, senders: Sequence[Approver]) -> ChatRecord | None:
        """Reads a candidate consistently; returns None if it is unknown or not the sender's."""
        try:
            description = await self._candidates.describe(candidate_id)
        except UnknownCandidateError:
            return None
        record = await CandidateRecord.of(description)
        sender = record.approver_among(senders)
        if sender is None:
            return None
        is_asked = record.has_asked(senders) or await self._is_asked(record, description, senders)
        return ChatRecord(record, sender, is_asked)

    async def numbered(self, number: str, senders: Sequence[Approver], since: datetime) -> list[str]:
        """Searches for the sender's candidates with these digits that are open or recent.

        Recent ones were accepted after `since`.
        """
        recent = f"(ExecutionStatus = 'Running' OR StartTime > '{since.isoformat()}')"
        found = await self._search(f"{self._owned_by(senders)} AND Number = '{number}' AND {recent}", _MOST)
        return [record.candidate.id for record in found]

    async def confirmed(self, candidate_id: str, senders: Sequence[Approver]) -> CandidateRecord | None:
        """Reads a candidate consistently; returns None unless this chat was asked about it.

        A prompt that failed does not count. One in progress does: it might have arrived, although
        its outcome is not known yet, or no worker has noted it.
        """
        try:
            description = await self._candidates.describe(candidate_id)
        except UnknownCandidateError:
            return None
        record = await CandidateRecord.of(description)
        return record if await self._is_asked(record, description, senders) else None

    async def by_prompt_id(self, senders: Sequence[Approver], prompt_id: str) -> str | None:
        """Returns the id of the sender's candidate that a quoted message shows, open or not."""
        if not re.fullmatch(identifiers.MESSAGE_SID, prompt_id):
            return None
        records = await self._search(f"{self._owned_by(senders)} AND PromptIds = '{prompt_id}'", 1)
        return records[0].candidate.id if records else None

    async def is_known(self, senders: Sequence[Approver]) -> bool:
        """Returns whether the sender is an owner of any candidate within retention."""
        return bool(await self._search(self._owned_by(senders), 1))

    async def _search(self, query: str, limit: int) -> list[CandidateRecord]:
        async with engine_call():
            found = self._client.list_workflows(query, limit=limit, page_size=limit)
            return [await CandidateRecord.of(execution) async for execution in found]

    async def _is_asked(
        self, record: CandidateRecord, description: WorkflowExecutionDescription, senders: Sequence[Approver]
    ) -> bool:
        """Returns whether this approver has a prompt that did not fail.

        Prompts to others on the channel do not count.
        """
        channel, numbers = senders[0].channel, record.unfailed(senders)
        if any(record.candidate.chat_name(number) in record.prompt_ids.chats for number in numbers):
            return True
        prefixes = tuple(identifiers.prompt_activity_prefix(channel, number) for number in numbers)
        raw = description.raw_description
        if not prefixes:
            return False
        if any(pending.activity_id.startswith(prefixes) for pending in raw.pending_activities):
            return True
        is_unread = raw.HasField("pending_workflow_task")
        return is_unread and await self._histories.has_scheduled(record.candidate.id, prefixes)

    def _owned_by(self, senders: Sequence[Approver]) -> str:
        hashes = ", ".join(f"'{owner}'" for owner in self._owner_hashes.all_hashes(senders))
        return f"Owner IN ({hashes})"
