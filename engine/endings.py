"""Reads how a run ended without a decision from its last event, which only the history contains."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowHistoryEventFilterType
from temporalio.service import RPCError, RPCStatusCode

from domain.identifiers import approval_workflow_id
from engine.calls import engine_call
from engine.candidates import CandidateRecord, candidate_id_of
from workflows.search_attributes import IS_ENDED

_ENGINES_IDENTITY = "history-service"
"""Temporal terminates a run that exceeds one of its limits under this identity."""

MOST_FOUND = 50
_AT_ONCE = 5
"""Runs that are read at once, so that a scrape does not use up a namespace's limit of calls."""


class EndedBy(StrEnum):
    ENGINE = "engine"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Ending:
    by: EndedBy
    reason: str

    @property
    def words(self) -> str:
        """How the run ended, in words for operators."""
        return f"ended by {_WHO[self.by]}{self.reason and ': '}{self.reason}"


_WHO = {EndedBy.ENGINE: "Temporal", EndedBy.OPERATOR: "an operator"}


@dataclass(frozen=True)
class EndedRun:
    candidate_id: str
    ending: Ending


class Endings:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of(self, record: CandidateRecord) -> Ending | None:
        """Returns how a run ended without a decision; None for any other run.

        Raises EngineUnavailableError.
        """
        if record.is_running or record.decision:
            return None
        async with engine_call():
            return await ending(self._client, approval_workflow_id(record.candidate.id))

    async def since(self, moment: datetime) -> Sequence[EndedRun]:
        """Returns the runs that ended without a decision since then, MOST_FOUND at most.

        A run that a newer one replaced did not end its candidate. Needs no key. Raises
        EngineUnavailableError.
        """
        async with engine_call():
            query = f"{IS_ENDED} AND CloseTime > '{moment.isoformat()}'"
            found = [execution async for execution in self._client.list_workflows(query, limit=MOST_FOUND)]
        ended = await asyncio.gather(*map(self._ended, found))
        return [run for run in ended if run]

    async def _ended(self, found: WorkflowExecution) -> EndedRun | None:
        try:
            async with self._turns, engine_call():
                latest = await self._client.get_workflow_handle(found.id).describe()
                if latest.run_id != found.run_id:
                    return None
                return EndedRun(candidate_id_of(found), await ending(self._client, found.id, found.run_id))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None  # it was deleted meanwhile


async def ending(client: Client, workflow_id: str, run_id: str | None = None) -> Ending:
    """Reads how a run ended: the latest of this id, or the one with `run_id`; raises RPCError."""
    run = client.get_workflow_handle(workflow_id, run_id=run_id)
    return ending_of(
        await anext(run.fetch_history_events(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT))
    )


def ending_of(event: HistoryEvent) -> Ending:
    """Reads the last event of a run that ended without a decision."""
    terminated, failed = (
        event.workflow_execution_terminated_event_attributes,
        event.workflow_execution_failed_event_attributes,
    )
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
            by = EndedBy.ENGINE if terminated.identity == _ENGINES_IDENTITY else EndedBy.OPERATOR
            return Ending(by, terminated.reason)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
            return Ending(EndedBy.ENGINE, failed.failure.message)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
            return Ending(EndedBy.ENGINE, "the run exceeded its time limit")
        case _:
            return Ending(EndedBy.OPERATOR, "")
