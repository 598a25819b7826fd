"""Reads how a run ended without a decision from its last event, which only the history contains."""

from dataclasses import dataclass
from enum import StrEnum

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistoryEventFilterType

from domain.identifiers import approval_workflow_id
from engine.calls import engine_call
from engine.candidates import CandidateRecord

_ENGINES_IDENTITY = "history-service"
"""Temporal terminates a run that exceeds one of its limits under this identity."""


class EndedBy(StrEnum):
    ENGINE = "engine"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Ending:
    by: EndedBy
    reason: str


class Endings:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, record: CandidateRecord) -> Ending | None:
        """Say how a run ended without a decision; None for any other. Raises EngineUnavailableError."""
        if record.is_running or record.decision:
            return None
        run = self._client.get_workflow_handle(approval_workflow_id(record.candidate.id))
        async with engine_call():
            events = run.fetch_history_events(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT)
            return _read(await anext(events))


def _read(event: HistoryEvent) -> Ending:
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
            return Ending(EndedBy.ENGINE, "the run took longer than it may")
        case _:
            return Ending(EndedBy.OPERATOR, "")
