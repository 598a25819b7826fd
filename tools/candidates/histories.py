"""A run's history for operators: events, waits, and why a delivery ended. Needs no worker."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.converter import DataConverter

from domain.temporal_names import ActivityType
from engine.endings import ending_of
from tools.candidates.signal_descriptions import described

_DEADLINE, _IGNORED = "deadline", "Ignored: "
"""The first words of timers for which no prompt waits."""

_GIVEN_UP_IN_TIME = "no success in time"


@dataclass(frozen=True)
class Happening:
    at: datetime
    what: str


@dataclass(frozen=True)
class Wait:
    """A running timer: its purpose and its end."""

    what: str
    until: datetime


@dataclass
class RunHistory:
    happenings: list[Happening] = field(default_factory=list)
    waits: dict[int, Wait] = field(default_factory=dict)
    given_up: Happening | None = None
    """Why and when the last delivery to core ended without success."""


async def history_of(client: Client, run: WorkflowHandle[Any, Any]) -> RunHistory:
    """Reads all events of a run; raises UnreadablePayloadError."""
    reader = _Reader(client.data_converter)
    async for event in run.fetch_history_events():
        await reader.take(event)
    return reader.history


@dataclass(frozen=True)
class _Activity:
    type: str
    summary: str


class _Reader:
    def __init__(self, converter: DataConverter) -> None:
        self.history = RunHistory()
        self._converter = converter
        self._activities: dict[int, _Activity] = {}
        self._readers: Mapping[int, Callable[[HistoryEvent], Awaitable[str | None]]] = {
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: _saying("accepted"),
            EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: self._scheduled,
            EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: self._completed,
            EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: self._failed,
            EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: self._timed_out,
            EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED: self._cancelled,
            EventType.EVENT_TYPE_TIMER_STARTED: self._timer_started,
            EventType.EVENT_TYPE_TIMER_FIRED: self._timer_fired,
            EventType.EVENT_TYPE_TIMER_CANCELED: self._timer_cancelled,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: self._signaled,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: _saying("an operator requested cancellation"),
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: _saying(
                "ended: core has the decision, and every chat was notified"
            ),
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: _ended,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: _ended,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: _ended,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: _ended,
        }

    async def take(self, event: HistoryEvent) -> None:
        read = self._readers.get(event.event_type)
        if read and (what := await read(event)):
            self.history.happenings.append(Happening(event.event_time.ToDatetime(UTC), what))

    async def _scheduled(self, event: HistoryEvent) -> None:
        activity_type = event.activity_task_scheduled_event_attributes.activity_type.name
        self._activities[event.event_id] = _Activity(activity_type, await self._summary(event) or activity_type)

    async def _completed(self, event: HistoryEvent) -> str:
        attributes = event.activity_task_completed_event_attributes
        activity = self._activities[attributes.scheduled_event_id]
        results = await self._converter.decode(list(attributes.result.payloads))
        return f"{activity.summary}: {_done(activity.type, next(iter(results), None))}"

    async def _failed(self, event: HistoryEvent) -> str:
        attributes = event.activity_task_failed_event_attributes
        return await self._gave_up(event, attributes.scheduled_event_id, await self._why(attributes.failure))

    async def _timed_out(self, event: HistoryEvent) -> str:
        attributes = event.activity_task_timed_out_event_attributes
        return await self._gave_up(event, attributes.scheduled_event_id, _GIVEN_UP_IN_TIME)

    async def _gave_up(self, event: HistoryEvent, scheduled: int, why: str) -> str:
        activity = self._activities[scheduled]
        if activity.type == ActivityType.DELIVER_DECISION:
            reason = "retried for a day without success" if why == _GIVEN_UP_IN_TIME else why
            self.history.given_up = Happening(event.event_time.ToDatetime(UTC), reason)
        return f"{activity.summary}: {why}"

    async def _cancelled(self, event: HistoryEvent) -> str:
        scheduled = event.activity_task_canceled_event_attributes.scheduled_event_id
        return f"{self._activities[scheduled].summary}: no longer needed"

    async def _timer_started(self, event: HistoryEvent) -> str | None:
        summary = await self._summary(event)
        if not summary or summary.startswith(_DEADLINE):
            return None
        if summary.startswith(_IGNORED):
            return summary
        lasts = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        self.history.waits[event.event_id] = Wait(summary, event.event_time.ToDatetime(UTC) + lasts)
        return f"{summary}, for {_seconds(lasts)}"

    async def _timer_fired(self, event: HistoryEvent) -> None:
        self.history.waits.pop(event.timer_fired_event_attributes.started_event_id, None)

    async def _timer_cancelled(self, event: HistoryEvent) -> None:
        self.history.waits.pop(event.timer_canceled_event_attributes.started_event_id, None)

    async def _signaled(self, event: HistoryEvent) -> str:
        attributes = event.workflow_execution_signaled_event_attributes
        given = await self._converter.decode(list(attributes.input.payloads))
        return described(attributes.signal_name, given)

    async def _summary(self, event: HistoryEvent) -> str:
        payload: Payload = event.user_metadata.summary
        if not payload.metadata:
            return ""
        return str((await self._converter.decode([payload]))[0])

    async def _why(self, failure: Failure) -> str:
        return str(await self._converter.decode_failure(failure))


async def _ended(event: HistoryEvent) -> str:
    return f"{ending_of(event).words}; core is no longer notified"


def _saying(what: str) -> Callable[[HistoryEvent], Awaitable[str | None]]:
    async def say(_: HistoryEvent) -> str:
        return what

    return say


def _done(activity_type: str, result: Any) -> str:
    match activity_type:
        case ActivityType.SEND_MESSAGE:
            message_id = result.get("id") if isinstance(result, dict) else None
            return f"sent, {message_id}" if message_id else "sent"
        case ActivityType.FIND_MESSAGES:
            return f"{len(result)} found" if isinstance(result, list) else "none found"
        case ActivityType.DELIVER_DECISION:
            return "accepted"
        case _:
            return "done"


def _seconds(lasts: timedelta) -> str:
    return f"{lasts.total_seconds():.0f} s"
