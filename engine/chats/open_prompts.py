"""What an owner may be answering: searches in Temporal's visibility store, which lags behind by moments."""

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
"""Open candidates of one owner that are looked at."""
_MOST_READ = 12


@dataclass(frozen=True)
class ChatRecord:
    """A candidate of somebody's, and whether they were asked about it in this chat, or are being asked just now."""

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
        """Search for what is open and was asked in this chat, what ends first before the others."""
        mine = f"{self._owned_by(senders)} AND {IS_UNDECIDED}"
        found = await self._search(f"{mine} AND PromptIds = '{senders[0].channel}'", _MOST)
        asked = [record for record in found if record.has_asked(senders) and not record.has_opted_out(senders)]
        return sorted(asked, key=lambda record: record.candidate.deadline)

    async def open_records(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Search for what is open for somebody in this chat, whether it was asked there yet or waits for that."""
        return [record for record in await self.addressed(senders) if not record.has_opted_out(senders)]

    async def still_open(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Search as `open_records` does, and read what was found, if that is not much: the search lags behind."""
        found = await self.open_records(senders)
        if len(found) > _MOST_READ:
            return found
        read = await asyncio.gather(*(self._candidates.find(record.candidate.id) for record in found))
        return [record for record in read if record and record.is_open and not record.has_opted_out(senders)]

    async def open_candidates(self, senders: Sequence[Approver]) -> list[Candidate]:
        return [record.candidate for record in await self.open_records(senders)]

    async def addressed(self, senders: Sequence[Approver]) -> list[CandidateRecord]:
        """Search for what is open and addressed to somebody, asked or not, the newest first."""
        return await self._search(f"{self._owned_by(senders)} AND {IS_UNDECIDED}", _MOST)

    async def read(self, candidate_id: str, senders: Sequence[Approver]) -> ChatRecord | None:
        """Read a candidate consistently; None if it is unknown, or none of the sender's."""
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
        """Search for the sender's candidates with these four digits that are open, or were accepted since a moment."""
        recent = f"(ExecutionStatus = 'Running' OR StartTime > '{since.isoformat()}')"
        found = await self._search(f"{self._owned_by(senders)} AND Number = '{number}' AND {recent}", _MOST)
        return [record.candidate.id for record in found]

    async def confirmed(self, candidate_id: str, senders: Sequence[Approver]) -> CandidateRecord | None:
        """Read a candidate that this chat was asked about, consistently; None if its prompt here failed or never was.

        A prompt on its way counts: it may have arrived, though its outcome is not known yet, or no worker has noted it.
        """
        try:
            description = await self._candidates.describe(candidate_id)
        except UnknownCandidateError:
            return None
        record = await CandidateRecord.of(description)
        return record if await self._is_asked(record, description, senders) else None

    async def by_prompt_id(self, senders: Sequence[Approver], prompt_id: str) -> str | None:
        """Give the id of the sender's candidate that a quoted message belongs to, open or not."""
        if not re.fullmatch(identifiers.MESSAGE_SID, prompt_id):
            return None
        records = await self._search(f"{self._owned_by(senders)} AND PromptIds = '{prompt_id}'", 1)
        return records[0].candidate.id if records else None

    async def is_known(self, senders: Sequence[Approver]) -> bool:
        """Whether the sender is an owner of anything within retention."""
        return bool(await self._search(self._owned_by(senders), 1))

    async def _search(self, query: str, limit: int) -> list[CandidateRecord]:
        async with engine_call():
            found = self._client.list_workflows(query, limit=limit, page_size=limit)
            return [await CandidateRecord.of(execution) async for execution in found]

    async def _is_asked(
        self, record: CandidateRecord, description: WorkflowExecutionDescription, senders: Sequence[Approver]
    ) -> bool:
        """Look at this approver's own prompts that did not fail, for others of the channel may have been asked."""
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
