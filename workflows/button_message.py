"""The message with buttons that follows a prompt of text: a convenience, whose failure fails nothing."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.approval import Approval
    from domain.approver_chat import Chat
    from domain.conversation.subjects import Subject, Telling
    from domain.sending.slots import Lane, SlotQuestion
    from domain.writing.prompt_contents import buttons
    from workflows.sending import hold_slot, leave_queue, send

_PERIOD = timedelta(minutes=1)
"""Later, the buttons would come without the text that they are for."""


async def offer_buttons(approval: Approval, chat: Chat, number: int) -> None:
    """Send the buttons, if there are any, to a chat that has the whole prompt; `number` counts them there.

    For the chat they are one more part of the prompt, so that a bare word answers them too.
    """
    candidate, approver = approval.candidate, chat.approver
    is_useful = candidate.has_buttons and approver.channel.traits.has_template and approval.was_shown_whole(chat)
    if approval.decision or not is_useful:
        return
    activity_id = f"buttons/{chat.name}/{number}"
    slot = SlotQuestion.of(candidate, approver, Lane.CHAT, activity_id, workflow.now() + _PERIOD)
    if await _hold(slot) and not approval.decision:
        message = Message("", slot, subject=Subject(candidate.id, Telling.PART), session=buttons(candidate))
        await send(message, activity_id=activity_id, summary="buttons", within=_PERIOD)


async def _hold(slot: SlotQuestion) -> bool:
    """Wait for the slot; False if it does not come in time, or if the decision ends the waiting."""
    try:
        return await hold_slot(slot)
    except (asyncio.CancelledError, ActivityError) as error:
        if not is_cancelled_exception(error):
            raise
        await leave_queue(slot)
        return False
