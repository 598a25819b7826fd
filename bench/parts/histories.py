"""Counts events, state transitions and Temporal Cloud's actions of candidates in real histories."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from bench.driving.stage import Stage, running_engine, running_stage
from bench.parts import lives
from tools.dev import CONTENT_SIDS

_BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
}
"""According to https://docs.temporal.io/cloud/actions.

In addition, local activities count once for their workflow task, and each further attempt of an
activity counts. Fairness adds a tenth of the actions in a namespace that has it.
"""

APPROVED = "approved on WhatsApp, slot free"
_SPACED = {"MIN_SPACING_SEC": "3", "RECIPIENT_SPACING_SEC": "0"}


@dataclass(frozen=True)
class History:
    events: int
    transitions: int
    actions: int
    types: Mapping[str, int]


async def measure() -> dict[str, History]:
    """Runs a candidate through each life that has a cost, and reads its history."""
    async with running_stage(**_SPACED) as stage:
        counted = {}
        for name in ("floor", "textbook"):
            async with running_engine(stage, name) as (engine, _):
                case = engine.case()
                await engine.accept(case)
                await stage.moments.asked(case.asked_key)
                handle: WorkflowHandle[Any, Any] = stage.stack.client.get_workflow_handle(engine.workflow_id(case))
                await lives.until_waiting(handle)
                await engine.approve(case)
                counted[name] = await _read(handle)
        for name, live in _LIVES.items():
            counted[name] = await _read(await live(stage))
    async with running_stage(**_SPACED, **CONTENT_SIDS) as stage:
        for name, live in _LIVES_WITH_BUTTONS.items():
            counted[name] = await _read(await live(stage))
    return counted


_LIVES: dict[str, Callable[[Stage], Awaitable[WorkflowHandle[Any, Any]]]] = {
    APPROVED: lives.approved,
    "… and Twilio reports sent and delivered": lives.with_status_reports,
    "… and a wait for the slot": lives.waited,
    "… and a report settles an unknown outcome": lives.settled_by_status_report,
    "… and a second channel, with its receipt": lives.on_both_channels,
    "decided by an operator, with a receipt": lives.decided_by_operator,
    "a chat's run, for one receipt": lives.chats_receipts,
}
_LIVES_WITH_BUTTONS: dict[str, Callable[[Stage], Awaitable[WorkflowHandle[Any, Any]]]] = {
    "approved by a button of the template": lives.template_tapped,
    "approved on WhatsApp, with buttons in the prompt": lives.with_buttons,
    "… and buttons below a prompt of text": lives.with_buttons_below,
    "… and a cut template, and Read all: three messages and the buttons": lives.read_whole,
}


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
