"""Candidates as the visibility store lists them, even if no key of this process decrypts them.

An unreadable candidate is left out of a page, so that it does not hide the others. If the first
page has only unreadable ones, it fails, because an empty page would mean that there are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import WorkflowExecution

from domain.errors import UnreadablePayloadError
from engine.candidates import CandidateRecord, candidate_id_of
from workflows.search_attributes import DECIDED_AT

UNDECIDED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A candidate as the store lists it, with its content or the reason why that is unreadable."""

    candidate_id: str
    decided_at: datetime
    content: CandidateRecord | UnreadablePayloadError

    @classmethod
    async def of(cls, execution: WorkflowExecution) -> "Entry":
        candidate_id = candidate_id_of(execution)
        content: CandidateRecord | UnreadablePayloadError
        try:
            content = await CandidateRecord.of(execution)
            decision = content.decision
            decided_at = decision.decided_at if decision else None
        except UnreadablePayloadError as error:
            content = UnreadablePayloadError(f"candidate {candidate_id}: {error}")
            decided_at = execution.typed_search_attributes.get(DECIDED_AT)
        return cls(candidate_id, decided_at or UNDECIDED, content)


def readable(entries: Sequence[Entry], *, is_first_page: bool) -> list[CandidateRecord]:
    """Returns the readable entries; raises UnreadablePayloadError if page one has no others."""
    records = [entry.content for entry in entries if isinstance(entry.content, CandidateRecord)]
    if is_first_page and not records:
        for entry in entries:
            if isinstance(entry.content, UnreadablePayloadError):
                raise entry.content
    return records
