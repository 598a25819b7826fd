"""What became of one message of an owner, bound to it once, and the answer that no candidate can give."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.candidate import Approver
    from domain.conversation.subjects import Subject
    from domain.sending.slots import Lane, SlotQuestion
    from domain.temporal_names import WorkflowType
    from workflows.current_details import CurrentDetails
    from workflows.sending import hold_slot, send

_ANSWER_PERIOD = timedelta(minutes=10)


@dataclass(frozen=True)
class BoundReply:
    """The answer is None where the edge itself, or a candidate's workflow, gives it; `subject` is what it is about.

    `more` are its further messages, which follow in order.
    """

    message_key: str
    sender: Approver
    answer: str | None = None
    subject: Subject | None = None
    more: tuple[str, ...] = ()


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
        texts = (reply.answer, *reply.more)
        for number, text in enumerate(texts, start=1):
            subject = reply.subject if number == len(texts) else None
            details.note("Answer", await _send(reply, text, subject, number))


async def _send(reply: BoundReply, text: str, subject: Subject | None, number: int) -> str:
    """Send one message of the answer; the chat remembers what the whole is about from the last one on."""
    name = "" if number == 1 else f"/{number}"
    slot = SlotQuestion(
        key=f"{reply.message_key}{name}",
        lane=Lane.ANSWER if number == 1 else Lane.CHAT,
        approver=reply.sender,
        brand_id="",
        accepted_at=workflow.now(),
        latest_start=workflow.now() + _ANSWER_PERIOD,
    )
    if not await hold_slot(slot):
        return "not sent: no slot was left in time"
    message = Message(text, slot, subject=subject)
    end = await send(message, activity_id=f"answer{name}", summary="answer", within=_ANSWER_PERIOD)
    return end.result + (end.reason and f": {end.reason}")
