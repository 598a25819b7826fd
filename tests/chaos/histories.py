"""Reads lives from Temporal's histories."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from activities.messages import OUTCOME_UNKNOWN
from activities.messages import REFUSED as SEND_REFUSED
from domain.identifiers import MEMO_DECISION
from domain.temporal_names import ActivityType, SignalName, WorkflowType
from tests.chaos.lives import (
    REFUSED,
    SENT,
    UNKNOWN,
    WITHHELD,
    CoresEnd,
    Handed,
    Life,
    Look,
    RecordedDecision,
    RecordedReport,
    Send,
    Signaled,
    Wish,
)

_FAILURES = {"failed", "undelivered", "canceled"}
_SENDER_AND_DATE = re.compile(r"(?<=^imessage/.{36})-[0-9a-f]{24}$")
"""The suffix that the gateway adds to the ids of owners' iMessages."""

_HARMLESS = {
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,  # a new event had arrived
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
}


async def read_lives(client: Client) -> dict[str, Life]:
    """Reads the history of every candidate that Temporal knows."""
    found = client.list_workflows(f"WorkflowType = '{WorkflowType.APPROVAL}'")
    lives = [await _read_life(client, run.id) async for run in found]
    return {life.id: life for life in lives}


async def read_answers(client: Client) -> tuple[Send, ...]:
    """Reads what other runs sent: chats' receipts, and answers to replies without a candidate."""
    found = client.list_workflows(f"WorkflowType IN ('{WorkflowType.REPLY}', '{WorkflowType.RECEIPTS}')")
    histories = [await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history() async for run in found]
    return tuple([send for history in histories for send in await _HistoryReader(client, list(history.events)).sends()])


async def _read_life(client: Client, workflow_id: str) -> Life:
    handle = client.get_workflow_handle(workflow_id)
    status = (await handle.describe()).status  # listings lag behind
    history = await handle.fetch_history()
    return await _HistoryReader(client, list(history.events)).life(status.name if status else "UNKNOWN")


class _HistoryReader:
    """The events of one history, and their payloads' contents."""

    def __init__(self, client: Client, events: list[HistoryEvent]) -> None:
        self._client = client
        self._events = events
        self._by_id = {event.event_id: event for event in events}

    async def life(self, status: str) -> Life:
        start = self._of("workflow_execution_started")[0]
        candidate = await self._decoded(start.workflow_execution_started_event_attributes.input.payloads[0])
        time_to_decide = _moment(candidate["deadline"]) - _moment(candidate["accepted_at"])
        sends = await self.sends()
        looks = [await self._look(event) for event in self._scheduled(ActivityType.FIND_MESSAGES)]
        reports = [_status_report(event, said) async for event, said in self._signals(SignalName.DELIVERY)]
        for look in looks:
            reports += _found(look, sends, reports)
        return Life(
            id=candidate["id"],
            brand=candidate["brand_id"],
            status=status,
            accepted_at=_time(start.event_time),
            deadline=_time(start.event_time) + time_to_decide,
            replies=tuple([await self._reply(event, said) async for event, said in self._signals(SignalName.REPLY)]),
            sends=tuple(sends),
            reports=tuple(reports),
            decided=await self._decision(),
            failures=tuple(self._failures()),
            looks=tuple(looks),
            wishes=tuple([_wish(event, said) async for event, said in self._signals(SignalName.SHOW)]),
            cores_ends=tuple([_cores_end(event, said) async for event, said in self._signals(SignalName.WITHDRAW)]),
            handed=tuple([await self._handed(event) for event in self._scheduled(ActivityType.HAND_OVER_RECEIPT)]),
        )

    async def sends(self) -> list[Send]:
        return [await self._send(event) for event in self._scheduled(ActivityType.SEND_MESSAGE)]

    def _scheduled(self, activity: ActivityType) -> list[HistoryEvent]:
        return [
            event
            for event in self._of("activity_task_scheduled")
            if event.activity_task_scheduled_event_attributes.activity_type.name == activity
        ]

    def _of(self, kind: str) -> list[HistoryEvent]:
        wanted = EventType.Value(f"EVENT_TYPE_{kind.upper()}")
        return [event for event in self._events if event.event_type == wanted]

    async def _decoded(self, payload: Payload) -> Any:
        return (await self._client.data_converter.decode([payload]))[0]

    async def _signals(self, name: SignalName) -> AsyncIterator[tuple[HistoryEvent, dict[str, Any]]]:
        for event in self._of("workflow_execution_signaled"):
            signal = event.workflow_execution_signaled_event_attributes
            if signal.signal_name == name:
                yield event, await self._decoded(signal.input.payloads[0])

    async def _reply(self, event: HistoryEvent, said: dict[str, Any]) -> Signaled:
        verdict = (said["outcome"], said["text"] or said["note"]) if said["outcome"] else None
        return Signaled(
            event.event_id,
            _key(said),
            said["sender"],
            verdict,
            _moment(said["received_at"]),
        )

    async def _decision(self) -> RecordedDecision | None:
        for event in self._of("workflow_properties_modified"):
            changed = event.workflow_properties_modified_event_attributes
            if MEMO_DECISION not in changed.upserted_memo.fields:
                continue
            decision = await self._decoded(changed.upserted_memo.fields[MEMO_DECISION])
            recorded = self._by_id[changed.workflow_task_completed_event_id]
            decided_at = _moment(decision["decided_at"])
            return RecordedDecision(
                outcome=decision["outcome"],
                final_text=decision["final_text"],
                decider=decision["decider"],
                decided_at=decided_at,
                latency_ms=_milliseconds(decision["latency"]),
                read_until=self._known_by(recorded.event_id),
                event=event.event_id,
                recorded_at=_time(recorded.event_time),
                note=decision["note"],
                replaced_by=decision["replaced_by"],
            )
        return None

    def _known_by(self, task_completed: int) -> int:
        """Returns the last event that a workflow task had read."""
        return self._by_id[task_completed].workflow_task_completed_event_attributes.started_event_id

    async def _send(self, event: HistoryEvent) -> Send:
        activity = event.activity_task_scheduled_event_attributes
        message = await self._decoded(activity.input.payloads[0])
        start = next(self._following(event, "activity_task_started"), None)
        end, reason, ended_at = self._end(event)
        code = await self._code(event)
        sent = await self._result(event)
        return Send(
            id=activity.activity_id,
            event=event.event_id,
            knowing=self._known_by(activity.workflow_task_completed_event_id),
            approver=_name(message["slot"]["approver"]),
            text=message["text"],
            scheduled_at=_time(event.event_time),
            started_at=_time(start.event_time) if start else None,
            ended_at=ended_at,
            end=end,
            reason=reason,
            code=code,
            message_id=sent["id"] if sent else None,
            lane=message["slot"]["lane"],
        )

    async def _handed(self, event: HistoryEvent) -> Handed:
        handed = await self._decoded(event.activity_task_scheduled_event_attributes.input.payloads[0])
        return Handed(_name(handed["approver"]), handed["receipt"]["text"], handed["receipt"]["line"])

    async def _look(self, event: HistoryEvent) -> Look:
        search = await self._decoded(event.activity_task_scheduled_event_attributes.input.payloads[0])
        answer = next(self._following(event, "activity_task_completed"), None)
        found = await self._result(event) or []
        return Look(
            event=event.event_id,
            approver=_name(search["approver"]),
            texts=tuple(wording["text"] for wording in search["wordings"]),
            scheduled_at=_time(event.event_time),
            answered=answer.event_id if answer else None,
            found=tuple((message["id"], message["status"], message["error_code"]) for message in found),
            answered_at=_time(answer.event_time) if answer else inf,
        )

    async def _result(self, scheduled: HistoryEvent) -> Any:
        """Returns an activity's result; None if it did not complete."""
        for event in self._following(scheduled, "activity_task_completed"):
            return await self._decoded(event.activity_task_completed_event_attributes.result.payloads[0])
        return None

    async def _code(self, scheduled: HistoryEvent) -> str | None:
        """Returns a refusal's code, which is all that a failure contains besides its message."""
        for event in self._following(scheduled, "activity_task_failed"):
            details = event.activity_task_failed_event_attributes.failure.application_failure_info.details.payloads
            return str(await self._decoded(details[0])) if details else None
        return None

    def _following(self, scheduled: HistoryEvent, kind: str) -> Iterator[HistoryEvent]:
        for event in self._of(kind):
            if getattr(event, f"{kind}_event_attributes").scheduled_event_id == scheduled.event_id:
                yield event

    def _end(self, scheduled: HistoryEvent) -> tuple[str, str, float]:
        for event in self._following(scheduled, "activity_task_completed"):
            return SENT, "", _time(event.event_time)
        for event in self._following(scheduled, "activity_task_timed_out"):
            return UNKNOWN, "its worker was lost", _time(event.event_time)
        for event in self._following(scheduled, "activity_task_failed"):
            failure = event.activity_task_failed_event_attributes.failure
            kinds = {OUTCOME_UNKNOWN: UNKNOWN, SEND_REFUSED: REFUSED}
            end = kinds.get(failure.application_failure_info.type, WITHHELD)
            return end, failure.message, _time(event.event_time)
        for event in self._following(scheduled, "activity_task_canceled"):
            return WITHHELD, "given up", _time(event.event_time)
        return WITHHELD, "never ended", inf

    def _failures(self) -> Iterator[str]:
        for event in self._of("workflow_task_failed"):
            failed = event.workflow_task_failed_event_attributes
            if failed.cause not in _HARMLESS:
                yield f"{WorkflowTaskFailedCause.Name(failed.cause)}: {failed.failure.message}"


def _wish(event: HistoryEvent, said: dict[str, Any]) -> Wish:
    return Wish(event.event_id, _key(said), said["sender"])


def _cores_end(event: HistoryEvent, said: dict[str, Any]) -> CoresEnd:
    return CoresEnd(event.event_id, said["replaced_by"])


def _key(said: dict[str, Any]) -> str:
    return _SENDER_AND_DATE.sub("", said["message_key"])


def _status_report(event: HistoryEvent, delivery: dict[str, Any]) -> RecordedReport:
    """Returns a status report; the attempt in its path, `1-2`, is `1/2` in the activity's id."""
    attempt = f"whatsapp/{delivery['attempt'].replace('-', '/')}"
    arrived = delivery["status"] not in _FAILURES
    code, moment = delivery["error_code"] or None, _time(event.event_time)
    return RecordedReport(event.event_id, attempt, arrived, code, moment, delivery["message_id"])


def _found(look: Look, sends: Sequence[Send], reports: Sequence[RecordedReport]) -> list[RecordedReport]:
    """Returns the messages that a look was the first to name, as reports on attempts in doubt.

    They are assigned to the attempts in order.
    """
    first = next((s for s in sends if s.approver == look.approver and s.text in look.texts), None)
    if first is None or look.answered is None:
        return []
    answered = look.answered
    before = [report for report in reports if report.event < answered]
    known = {send.message_id for send in sends} | {report.message_id for report in before}
    named = {report.attempt for report in before}
    begun = [send for send in sends if send.part == first.part and send.event < look.event and send.end == UNKNOWN]
    attempts = [send.id.removeprefix("prompt/") for send in begun]
    new = [message for message in look.found if message[0] not in known]
    return [
        RecordedReport(answered, attempt, status not in _FAILURES, code, look.answered_at, message_id)
        for attempt, (message_id, status, code) in zip([a for a in attempts if a not in named], new, strict=False)
    ]


def _name(approver: dict[str, str]) -> str:
    return f"{approver['channel']}:{approver['handle']}"


def _time(timestamp: Timestamp) -> float:
    return timestamp.ToNanoseconds() / 1e9


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _milliseconds(duration: str) -> int:
    """Parses a duration in ISO 8601, as Pydantic writes it: `PT1M2.5S`."""
    return TypeAdapter(timedelta).validate_python(duration) // timedelta(milliseconds=1)
