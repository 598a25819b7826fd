"""What became of one message of an owner, bound to it once, and the answer that no candidate can give."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.candidate import Approver
    from domain.conversation.subjects import Subject
    from domain.sending.sends import SendEnd, SendResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.temporal_names import WorkflowType
    from workflows.current_details import CurrentDetails
    from workflows.sending import hold_slot, send

_ANSWER_PERIOD = timedelta(minutes=10)


@dataclass(frozen=True)
class BoundReply:
    """The answer is None where the edge itself, or a candidate's workflow, gives it; `subject` is what it is about.

    `more` are its further messages, which follow in order. It is not sent once a newer answer on the same `topic`
    waits in the chat, or once the candidate `while_open` is decided, whose receipt the chat gets.
    """

    message_key: str
    sender: Approver
    answer: str | None = None
    subject: Subject | None = None
    more: tuple[str, ...] = ()
    topic: str | None = None
    while_open: str | None = None


@workflow.defn(name=WorkflowType.REPLY)
class ReplyWorkflow:
    """Startable once for a message, with what the edge found in its memo: a redelivery finds the same."""

    @workflow.run
    async def run(self, reply: BoundReply) -> None:
        """Send the answer, if there is one to send; nobody wants it any more after ten minutes."""
        details = CurrentDetails()
        if reply.answer is None:
            details.note("Answer", "by the edge, or by the candidate's run")
            return
        details.note("Answer", "due")
        for number, text in enumerate((reply.answer, *reply.more), start=1):
            end = await _send(reply, text, number, partial(details.note, "Answer"))
            details.note("Answer", end.result + (end.reason and f": {end.reason}"))
            if end.result is SendResult.WITHHELD and (reply.topic or reply.while_open):
                return


async def _send(reply: BoundReply, text: str, number: int, note: Callable[[str], None]) -> SendEnd:
    """Send one message of the answer; the chat remembers what the whole is about from the last one on."""
    name = "" if number == 1 else f"/{number}"
    slot = SlotQuestion(
        key=f"{reply.message_key}{name}",
        lane=Lane.ANSWER if number == 1 else Lane.CHAT,
        approver=reply.sender,
        brand_id="",
        accepted_at=workflow.now(),
        latest_start=workflow.now() + _ANSWER_PERIOD,
        topic=reply.topic if number == 1 else None,
    )
    if not await hold_slot(slot, note):
        return SendEnd(SendResult.WITHHELD, reason="no slot was left in time, or a newer answer says the same")
    subject = reply.subject if number == len(reply.more) + 1 else None
    message = Message(text, slot, subject=subject, while_open=reply.while_open)
    return await send(message, activity_id=f"answer{name}", summary="answer", within=_ANSWER_PERIOD)
