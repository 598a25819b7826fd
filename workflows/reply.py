"""One workflow per message of an owner: it keeps the understanding, and sends a general answer."""

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
    """An owner's message, and the answer to it.

    `answer` is None if the edge or a candidate's run answers; `subject` is what the answer is
    about. `more` are further messages, sent in order. The answer is not sent once a newer one on
    the same `topic` waits in the chat, or once the candidate `while_open` is decided: the chat gets
    its receipt.
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
    """Starts once per message, with the edge's understanding in its memo; a redelivery finds it."""

    @workflow.run
    async def run(self, reply: BoundReply) -> None:
        """Sends the answer, if there is one; after ten minutes it is of no use any more."""
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
    """Sends one message of the answer; the last one carries the subject of the whole."""
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
