"""What a candidate costs its engine: events, state transitions and Temporal Cloud's actions, from real histories."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from bench.driving.stage import Stage, running_engine, running_stage
from bench.driving.subjects import Case
from domain.temporal_names import SignalName
from tests.harness.processes import until

_BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
}
"""After https://docs.temporal.io/cloud/actions; besides, local activities count once for their workflow task, and each
further attempt of an activity. Fairness adds a tenth of the actions, where a namespace has it."""

APPROVED = "approved on WhatsApp, slot free"
_SPACED = {"MIN_SPACING_SEC": "3", "RECIPIENT_SPACING_SEC": "0"}


@dataclass(frozen=True)
class History:
    events: int
    transitions: int
    actions: int
    types: Mapping[str, int]


async def measure() -> dict[str, History]:
    """Let candidates live in each way that costs something, and read their histories."""
    async with running_stage(**_SPACED) as stage:
        counted = {}
        for name in ("floor", "textbook"):
            async with running_engine(stage, name) as (engine, _):
                case = engine.case()
                await engine.accept(case)
                await stage.notices.asked(case.asked_key)
                handle: WorkflowHandle[Any, Any] = stage.stack.client.get_workflow_handle(engine.workflow_id(case))
                await _until_waiting(handle)
                await engine.approve(case)
                counted[name] = await _read(handle)
        for name, live in _LIVES.items():
            counted[name] = await _read(await live(stage))
    return counted


async def _approved(stage: Stage, **changes: Any) -> WorkflowHandle[Any, Any]:
    case = stage.gateway.case()
    await stage.gateway.accept(case, **changes)
    await stage.notices.asked(case.asked_key)
    await _until_waiting(handle := stage.stack.run_of(case.id))
    await stage.gateway.approve(case)
    return handle


async def _waited(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Wait once: whoever asks between another's slot and its send waits again, for the spacing counts from the send."""
    first = stage.gateway.case()
    await stage.gateway.accept(first, brand_id="b_waited")
    await stage.notices.asked(first.asked_key)
    return await _approved(stage, brand_id="b_waited")


async def _reported(stage: Stage) -> WorkflowHandle[Any, Any]:
    await stage.stack.phone.statuses({"status": "sent"}, {"status": "delivered"})
    try:
        return await _approved(stage)
    finally:
        await stage.stack.phone.statuses()


async def _settled_by_report(stage: Stage) -> WorkflowHandle[Any, Any]:
    await stage.stack.phone.statuses({"status": "sent"})
    await stage.stack.phone.fault("twilio.messages", status=500, accept=True, times=1)
    case = stage.gateway.case()
    await stage.gateway.accept(case)
    handle = stage.stack.run_of(case.id)

    async def settled() -> bool:
        attributes = (await handle.describe()).search_attributes
        return any(str(value).startswith("SM") for value in attributes.get("PromptIds", ()))

    await until(settled)
    await stage.stack.phone.statuses()
    await stage.gateway.approve(case)
    return handle


async def _on_both_channels(stage: Stage) -> WorkflowHandle[Any, Any]:
    return await _approved(stage, owner_imessage="second@example.com")


async def _decided_by_operator(stage: Stage) -> WorkflowHandle[Any, Any]:
    case: Case = stage.gateway.case()
    await stage.gateway.accept(case)
    await stage.notices.asked(case.asked_key)
    await _until_waiting(handle := stage.stack.run_of(case.id))
    await handle.signal(SignalName.DECIDE, {"operator": "bench", "decision": "approved"})
    return handle


_LIVES: dict[str, Callable[[Stage], Awaitable[WorkflowHandle[Any, Any]]]] = {
    APPROVED: _approved,
    "… and Twilio reports sent and delivered": _reported,
    "… and a wait for the slot": _waited,
    "… and a report settles an unknown outcome": _settled_by_report,
    "… and a second channel, with its receipt": _on_both_channels,
    "decided by an operator, with a receipt": _decided_by_operator,
}


async def _until_waiting(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until nothing is under way: an earlier reply would share its workflow task with the prompt's end."""

    async def waits() -> bool:
        raw = (await handle.describe()).raw_description
        return not raw.pending_activities and not raw.HasField("pending_workflow_task")

    await until(waits)


async def _read(handle: WorkflowHandle[Any, Any]) -> History:
    await handle.result()
    history = await handle.fetch_history()
    description = await handle.describe()
    types = Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)
    billed = sum(event.event_type in _BILLED for event in history.events)
    retried = sum(max(0, event.activity_task_started_event_attributes.attempt - 1) for event in history.events)
    with_local = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in history.events
        if event.marker_recorded_event_attributes.marker_name == "core_local_activity"
    }
    transitions = description.raw_description.workflow_execution_info.state_transition_count
    return History(len(history.events), transitions, billed + retried + len(with_local), types)
