"""Candidates as the visibility store lists them, those included that no key of this process decrypts.

Such a one is left out of a page, and must not hide the others. Where the first page has nothing else, it fails instead,
for an empty one would say that there is nothing.
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
    """A candidate as the store lists it, and what it holds, or why nobody can read that."""

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
    """Leave out what cannot be read; raises UnreadablePayloadError if nothing else is on the first page."""
    records = [entry.content for entry in entries if isinstance(entry.content, CandidateRecord)]
    if is_first_page and not records:
        for entry in entries:
            if isinstance(entry.content, UnreadablePayloadError):
                raise entry.content
    return records
