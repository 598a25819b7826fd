"""A general answer is sent once per message, and only while it is of use."""

from datetime import timedelta

from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.messages import SUPERFLUOUS as SUPERFLUOUS_SEND
from domain.channels import Channel
from domain.conversation.subjects import Subject, Telling
from domain.sending.slots import Lane, SlotAnswer, SlotStatus
from tests.domain.examples import IMESSAGE
from tests.harness.operator import timers
from tests.harness.processes import until
from tests.workflows.lives import Lives
from workflows.reply import BoundReply, ReplyWorkflow

BUSY = SlotAnswer(SlotStatus.WAIT, timedelta(seconds=10))
NOT_IN_TIME = SlotAnswer(SlotStatus.TOO_LATE)
SUPERFLUOUS = SlotAnswer(SlotStatus.SUPERFLUOUS)


async def begun(
    lives: Lives,
    answer: str | None,
    *,
    more: tuple[str, ...] = (),
    subject: Subject | None = None,
    topic: str | None = None,
) -> WorkflowHandle[ReplyWorkflow, None]:
    reply = BoundReply("imessage/1", IMESSAGE, answer, subject, more, topic)
    with lives.env.with_time_skipping_disabled():
        return await lives.env.client.start_workflow(
            ReplyWorkflow.run, reply, id=f"reply/{lives.task_queue}", task_queue=lives.task_queue
        )


async def test_answer_is_sent_in_the_lane_of_answers_when_its_slot_comes(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, [BUSY])
    run = await begun(lives, "Send one of")
    await until(lambda: timers(run))

    await lives.env.fast_forward(run, timedelta(seconds=11))
    await run.result()

    assert {question.lane for question in lives.activities.asked} == {Lane.ANSWER}
    assert lives.activities.others(Channel.IMESSAGE) == ["Send one of"]


async def test_answer_of_several_messages_is_sent_in_order_and_its_subject_is_that_of_the_last(lives: Lives) -> None:
    subject = Subject("cr_1", Telling.ANSWER)
    await (await begun(lives, "To change it", more=("The draft",), subject=subject)).result()

    assert lives.activities.others(Channel.IMESSAGE) == ["To change it", "The draft"]
    assert [message.subject for message in lives.activities.sent] == [None, subject]


async def test_what_others_answer_sends_nothing(lives: Lives) -> None:
    await (await begun(lives, None)).result()

    assert lives.activities.asked == []
    assert lives.activities.sent == []


async def test_answer_that_has_no_slot_in_time_is_not_sent(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, [NOT_IN_TIME])

    await (await begun(lives, "Send one of")).result()

    assert lives.activities.sent == []


async def test_answer_that_a_newer_one_replaces_is_not_sent_nor_is_what_follows_it(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, [BUSY, SUPERFLUOUS])
    run = await begun(lives, "To change it", more=("The draft",), topic="edit")
    await until(lambda: timers(run))

    await lives.env.fast_forward(run, timedelta(seconds=11))
    await run.result()

    assert [question.topic for question in lives.activities.asked] == ["edit", "edit"]
    assert lives.activities.sent == []


async def test_answer_that_turned_out_superfluous_at_its_send_is_followed_by_none(lives: Lives) -> None:
    error = ApplicationError("decided", type=SUPERFLUOUS_SEND, non_retryable=True)
    lives.activities.script_sends(Channel.IMESSAGE, [error])

    await (await begun(lives, "To change it", more=("The draft",), topic="edit")).result()

    assert lives.activities.others(Channel.IMESSAGE) == ["To change it"], "the one attempt, which failed"
