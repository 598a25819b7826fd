"""The message with buttons that follows a text prompt.

It is a convenience: if it fails, nothing else does.
"""

from datetime import timedelta
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.approval import Approval
    from domain.approver_chat import Chat
    from domain.conversation.subjects import Subject, Telling
    from domain.sending.slots import Lane, SlotQuestion
    from domain.writing.prompt_contents import buttons
    from workflows.run_view import RunView
    from workflows.sending import hold_slot, leave_queue, send, until_cancelled

_PERIOD = timedelta(minutes=1)
"""After a minute, the buttons would no longer appear under the text that they belong to."""


async def offer_buttons(approval: Approval, chat: Chat, number: int, view: RunView) -> None:
    """Sends the buttons, if there are any, to a chat that has the whole prompt.

    `number` counts the button messages of the chat. For the chat they are one more part of the
    prompt, so a bare word answers them too.
    """
    candidate, approver = approval.candidate, chat.approver
    is_useful = candidate.has_buttons and approver.channel.traits.has_template and approval.was_shown_whole(chat)
    if approval.decision or not is_useful:
        return
    activity_id = f"buttons/{chat.name}/{number}"
    slot = SlotQuestion.of(candidate, approver, Lane.CHAT, activity_id, workflow.now() + _PERIOD)
    note = partial(view.note_message, chat, "buttons")
    granted = await until_cancelled(hold_slot(slot, note))
    if granted is None:
        await leave_queue(slot)
    if granted and not approval.decision:
        message = Message("", slot, subject=Subject(candidate.id, Telling.PART), session=buttons(candidate))
        end = await send(message, activity_id=activity_id, summary="buttons", within=_PERIOD)
        note(end.result)
    else:
        note("not sent: no longer wanted, or no slot in time")
