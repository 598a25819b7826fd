"""The lives of candidates that differ in what they cost the engine."""

from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle

from bench.driving.drivers import DrivenCandidate
from bench.driving.stage import Stage
from domain.candidate import Approver
from domain.channels import Channel
from domain.identifiers import receipts_workflow_id
from domain.temporal_names import SignalName
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET

_SHORT = "We hear you."
_OF_LINES = "We hear you.\nA fix is on its way."
_LONG = "word " * 600

_BUTTONS_BELOW = "as it is?"


async def approved(stage: Stage, **changes: Any) -> WorkflowHandle[Any, Any]:
    case = stage.gateway.case()
    await stage.gateway.accept(case, **changes)
    await stage.moments.asked(case.asked_key)
    await until_waiting(handle := stage.stack.run_of(case.id))
    await stage.gateway.approve(case)
    return handle


async def waited(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Waits once for the slot.

    The first candidate is sent before, because spacing counts from a send: a candidate that asks
    between a slot and its send waits twice.
    """
    first = stage.gateway.case()
    await stage.gateway.accept(first, brand_id="b_waited")
    await stage.moments.asked(first.asked_key)
    return await approved(stage, brand_id="b_waited")


async def with_status_reports(stage: Stage) -> WorkflowHandle[Any, Any]:
    await stage.stack.phone.statuses({"status": "sent"}, {"status": "delivered"})
    try:
        return await approved(stage)
    finally:
        await stage.stack.phone.statuses()


async def settled_by_status_report(stage: Stage) -> WorkflowHandle[Any, Any]:
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


async def on_both_channels(stage: Stage) -> WorkflowHandle[Any, Any]:
    return await approved(stage, owner_imessage="second@example.com")


async def decided_by_operator(stage: Stage) -> WorkflowHandle[Any, Any]:
    case: DrivenCandidate = stage.gateway.case()
    await stage.gateway.accept(case)
    await stage.moments.asked(case.asked_key)
    await until_waiting(handle := stage.stack.run_of(case.id))
    await handle.signal(SignalName.DECIDE, {"operator": "bench", "decision": "approved"})
    return handle


async def template_tapped(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Approves by a button of the template, which is sent because the 24-hour window is unknown."""
    case = stage.gateway.case()
    await stage.gateway.accept(case, proposed_text=_SHORT)
    prompt = await stage.stack.phone.until_prompted("whatsapp", case.id)
    await until_waiting(handle := stage.stack.run_of(case.id))
    await stage.stack.phone.taps(prompt, "Approve")
    return handle


async def with_buttons(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Shows a draft of one line within the 24 hours: one message with the buttons."""
    case = await _in_session(stage, _SHORT)
    await stage.stack.phone.until_prompted("whatsapp", case.id)
    return await _approved_once_it_waits(stage, case)


async def with_buttons_below(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Shows a draft of several lines within the 24 hours: a text, and a message with buttons."""
    case = await _in_session(stage, _OF_LINES)
    return await _approved_below(stage, case)


async def read_whole(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Shows a long draft whole, in three messages and the buttons, after a template that cut it."""
    case = stage.gateway.case()
    await stage.gateway.accept(case, proposed_text=_LONG)
    prompt = await stage.stack.phone.until_prompted("whatsapp", case.id)
    await until_waiting(stage.stack.run_of(case.id))
    await stage.stack.phone.taps(prompt, "Read all")
    return await _approved_below(stage, case)


async def chats_receipts(stage: Stage) -> WorkflowHandle[Any, Any]:
    """Returns the run that sent a chat its one receipt."""
    address = "third@example.com"
    await (await approved(stage, owner_imessage=address)).result()
    chat = receipts_workflow_id(CORE_SECRET, Approver(Channel.IMESSAGE, address))
    return stage.stack.client.get_workflow_handle(chat)


async def _in_session(stage: Stage, text: str) -> DrivenCandidate:
    """Posts a draft to an owner who has just written."""
    first = stage.gateway.case()
    await stage.gateway.accept(first)
    await stage.stack.phone.until_prompted("whatsapp", first.id)
    assert first.owner is not None
    await stage.stack.phone.says("whatsapp", first.owner, f"approve {first.id}")
    await stage.stack.run_of(first.id).result()
    case = DrivenCandidate(f"cr_{uuid4().hex}", first.asked_key, first.owner)
    await stage.gateway.accept(case, proposed_text=text)
    return case


async def _approved_below(stage: Stage, case: DrivenCandidate) -> WorkflowHandle[Any, Any]:
    assert case.owner is not None
    await stage.stack.phone.until_message("whatsapp", case.owner, _BUTTONS_BELOW)
    return await _approved_once_it_waits(stage, case)


async def _approved_once_it_waits(stage: Stage, case: DrivenCandidate) -> WorkflowHandle[Any, Any]:
    await until_waiting(handle := stage.stack.run_of(case.id))
    await stage.gateway.approve(case)
    return handle


async def until_waiting(handle: WorkflowHandle[Any, Any]) -> None:
    """Waits until nothing is in progress.

    An earlier reply would share its workflow task with the end of the prompt.
    """

    async def waits() -> bool:
        raw = (await handle.describe()).raw_description
        return not raw.pending_activities and not raw.HasField("pending_workflow_task")

    await until(waits)
