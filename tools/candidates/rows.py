"""The rows of a list of candidates; an unreadable candidate has a row, too."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecution

from domain.channels import Channel
from domain.decision import Decision
from domain.errors import UnreadablePayloadError
from domain.writing.wording import one_line, time_left
from engine.candidates import CandidateRecord, candidate_id_of, started_at
from tools.candidates.records import record_of
from tools.candidates.waits import why
from workflows import search_attributes

_AT_ONCE = 10
_MINUTE = timedelta(minutes=1)
HEAD = (
    *("candidate", "number", "brand", "state", "callback", "age", "time left"),
    *("deadline or decided (UTC)", "decider", "why it waits"),
)


@dataclass(frozen=True)
class Row:
    candidate_id: str
    number: str
    """Empty for a candidate that was accepted before there were numbers."""
    brand_id: str
    state: str
    callback: str
    accepted_at: datetime
    deadline: datetime | None
    """None if the candidate cannot be read."""
    decided_at: datetime | None
    decider: str
    why: Sequence[str]

    def cells(self, now: datetime) -> tuple[str, ...]:
        """Returns the values of the columns in HEAD."""
        moment = self.decided_at or self.deadline
        return (
            *(self.candidate_id, self.number, self.brand_id, self.state, self.callback),
            span(now - self.accepted_at),
            "" if self.decided_at or self.deadline is None else span(self.deadline - now),
            f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "",
            self.decider,
            "; ".join(self.why),
        )

    @property
    def fields(self) -> dict[str, Any]:
        """Returns the fields of the JSON output; a missing time is null."""
        moments = {"accepted_at": self.accepted_at, "deadline": self.deadline, "decided_at": self.decided_at}
        return {
            "candidate_id": self.candidate_id,
            "number": self.number,
            "brand_id": self.brand_id,
            "state": self.state,
            "callback": self.callback,
            **{name: moment and moment.astimezone(UTC).isoformat() for name, moment in moments.items()},
            "decider": self.decider,
            "why": list(self.why),
        }


def span(lasts: timedelta) -> str:
    """Formats a duration: in seconds below a minute."""
    return time_left(lasts) if lasts >= _MINUTE else f"{max(0, round(lasts.total_seconds()))} s"


def decider_of(decision: Decision) -> str:
    """Names the decider; of an owner only the channel, because this ends up in tickets."""
    return decision.decided_by if decision.decided_by in set(Channel) else decision.decider


async def rows(client: Client, query: str, limit: int | None) -> list[Row]:
    """Finds candidates and reads them, a few at once."""
    found = [execution async for execution in client.list_workflows(query, limit=limit)]
    made: list[Row] = []
    for first in range(0, len(found), _AT_ONCE):
        made += await asyncio.gather(*(row(client, execution) for execution in found[first : first + _AT_ONCE]))
    return made


async def row(client: Client, execution: WorkflowExecution) -> Row:
    """Returns a candidate's row; one deleted after the search has the search's values."""
    try:
        record = await record_of(execution)
        return of_record(record, execution, await why(client, record, execution))
    except UnreadablePayloadError as error:
        return _unreadable(execution, error)


def of_record(record: CandidateRecord, execution: WorkflowExecution, reasons: Sequence[str]) -> Row:
    candidate, decision = record.candidate, record.decision
    return Row(
        candidate_id=candidate.id,
        number=execution.typed_search_attributes.get(search_attributes.NUMBER, ""),
        brand_id=candidate.brand_id,
        state=record.state,
        callback=record.callback or "",
        accepted_at=candidate.accepted_at,
        deadline=candidate.deadline,
        decided_at=decision.decided_at if decision else None,
        decider=decider_of(decision) if decision else "",
        why=[one_line(reason) for reason in reasons],
    )


def _unreadable(execution: WorkflowExecution, error: UnreadablePayloadError) -> Row:
    """Returns the values that Temporal stores unencrypted."""
    attributes = execution.typed_search_attributes
    return Row(
        candidate_id=candidate_id_of(execution),
        number=attributes.get(search_attributes.NUMBER, ""),
        brand_id=attributes.get(search_attributes.BRAND_ID, ""),
        state=attributes.get(search_attributes.APPROVAL_STATE, ""),
        callback=attributes.get(search_attributes.CALLBACK_STATE, ""),
        accepted_at=started_at(execution),
        deadline=None,
        decided_at=attributes.get(search_attributes.DECIDED_AT),
        decider="",
        why=[f"cannot be read: {error}"],
    )
