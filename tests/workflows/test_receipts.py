"""Receipts due in a chat at the same time share a message; none is lost or sent twice."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.messages import POSTPONED
from activities.receipt_handover import HandOver
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.handed_receipts import ChatToTell, HandedReceipt
from domain.conversation.subjects import Subject, Telling
from domain.sending.slots import Lane, SlotAnswer, SlotStatus
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import current_details, pending_activities, timers
from tests.harness.processes import until
from tests.harness.recording import NO_TEMPORAL
from tests.workflows.lives import Lives
from workflows.approval import ApprovalWorkflow
from workflows.receipts import ReceiptsWorkflow
from workflows.signals import Withdrawal

BUSY = SlotAnswer(SlotStatus.WAIT, timedelta(seconds=10))
NOT_IN_TIME = SlotAnswer(SlotStatus.TOO_LATE)
NOT_NOW = ApplicationError("429", type=POSTPONED)
COLLECTED = timedelta(seconds=3)

Run = WorkflowHandle[Any, None]


def handed(number: int, words: str = "withdrawn.") -> HandedReceipt:
    return HandedReceipt(f"cr_{number}", "whatsapp", f"{number} alone: {words}", f"{number} among others: {words}")


async def begun(lives: Lives, *given: Any, approver: Approver = WHATSAPP) -> Run:
    """Starts a chat's run with the first signal, then sends the others."""
    first, *others = given
    with lives.env.with_time_skipping_disabled():
        run = await lives.env.client.start_workflow(
            ReceiptsWorkflow.run,
            ChatToTell(approver),
            id=f"receipts/{lives.task_queue}",
            task_queue=lives.task_queue,
            start_signal="receipt",
            start_signal_args=[first],
        )
    for receipt in others:
        await run.signal(ReceiptsWorkflow.receipt, receipt)
    await until(lambda: timers(run))
    return run


async def test_receipts_that_are_due_within_two_seconds_are_one_message(lives: Lives) -> None:
    run = await begun(lives, handed(1), handed(2), handed(3))

    assert lives.activities.sent == []
    await lives.env.fast_forward(run, COLLECTED)
    await run.result()

    [message] = lives.activities.sent
    headline, *lines = message.text.splitlines()
    assert headline.startswith("3 drafts")
    assert lines == [f"{number} among others: withdrawn." for number in (1, 2, 3)]
    assert message.subject == Subject("cr_1", Telling.END, ended=("cr_2", "cr_3"))
    assert (message.slot.approver, message.slot.lane) == (WHATSAPP, Lane.CHAT)


async def test_one_receipt_is_its_own_message(lives: Lives) -> None:
    run = await begun(lives, handed(1))

    await lives.env.fast_forward(run, COLLECTED)
    await run.result()

    assert lives.activities.others(Channel.WHATSAPP) == ["1 alone: withdrawn."]


async def test_receipt_that_is_handed_over_twice_is_told_once(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [BUSY])
    run = await begun(lives, handed(1), handed(1))

    await lives.env.fast_forward(run, COLLECTED)
    await until(lambda: timers(run), lambda begun_timers: len(begun_timers) == 2)
    await run.signal(ReceiptsWorkflow.receipt, handed(1))
    await lives.env.fast_forward(run, timedelta(seconds=11))
    await run.result()

    assert lives.activities.others(Channel.WHATSAPP) == ["1 alone: withdrawn."]


async def test_receipt_that_comes_while_others_wait_for_their_slot_is_told_with_them(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [BUSY])
    run = await begun(lives, handed(1))
    await lives.env.fast_forward(run, COLLECTED)
    await until(lambda: timers(run), lambda begun_timers: len(begun_timers) == 2)

    await run.signal(ReceiptsWorkflow.receipt, handed(2))
    await lives.env.fast_forward(run, timedelta(seconds=11))
    await run.result()

    [text] = lives.activities.others(Channel.WHATSAPP)
    assert text.splitlines()[1:] == [f"{number} among others: withdrawn." for number in (1, 2)]


async def test_receipt_that_comes_while_others_are_sent_is_told_in_the_next_message(lives: Lives) -> None:
    lives.activities.script_sends(Channel.WHATSAPP, [NOT_NOW] * 2)
    run = await begun(lives, handed(1))
    await lives.env.fast_forward(run, COLLECTED)
    await until(lambda: bool(lives.activities.sent))

    await run.signal(ReceiptsWorkflow.receipt, handed(2))
    await lives.env.fast_forward(run, timedelta(seconds=10))
    await run.result()

    *attempts, second = lives.activities.others(Channel.WHATSAPP)
    assert attempts == ["1 alone: withdrawn."] * 3
    assert second == "2 alone: withdrawn."


async def test_receipts_that_have_no_slot_for_an_hour_are_not_sent_any_more(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [BUSY, *[NOT_IN_TIME] * 50])
    run = await begun(lives, handed(1))

    await lives.env.fast_forward(run, COLLECTED)
    await lives.env.fast_forward(run, timedelta(hours=1, minutes=1))
    await run.result()

    assert lives.activities.sent == []


@pytest.mark.parametrize("given", [None, "cr_1", {"candidate_id": 1}, {"candidate_id": "cr_1", "chat": "whatsapp"}])
async def test_signal_that_is_no_receipt_is_noted_and_sends_nothing(lives: Lives, given: Any) -> None:
    run = await begun(lives, given)

    assert "**Ignored**: receipt needs" in await current_details(run)
    await lives.env.fast_forward(run, COLLECTED)
    await run.result()

    assert lives.activities.sent == []


async def test_receipts_that_one_message_cannot_hold_are_several_and_no_line_is_cut(lives: Lives) -> None:
    receipts = [handed(number, "*x* " * 40) for number in range(20)]
    run = await begun(lives, *receipts)

    await lives.env.fast_forward(run, COLLECTED)
    await run.result()

    texts = lives.activities.others(Channel.WHATSAPP)
    assert len(texts) > 2
    assert all(len(text) <= 1600 for text in texts)
    lines = [line for text in texts for line in text.replace("\u034f", "").splitlines()]
    assert [line for line in lines if "among others" in line] == [receipt.line for receipt in receipts]


async def test_receipt_that_reads_back_a_long_text_is_several_messages_in_their_own_slots(lives: Lives) -> None:
    text = "\n".join(["Edited on iMessage: 1", *(f"│ {number} {'word ' * 20}" for number in range(30))])
    long = HandedReceipt("cr_1", "whatsapp", text, f"among others: {text}")
    run = await begun(lives, long, handed(2))

    await lives.env.fast_forward(run, COLLECTED)
    await run.result()

    *parts, other = lives.activities.sent
    assert len(parts) > 2
    assert [line for part in parts for line in part.text.splitlines()] == text.splitlines()
    assert all(len(part.text) <= 1600 for part in parts)
    assert len({message.slot.key for message in lives.activities.sent}) == len(parts) + 1
    assert [part.subject for part in parts] == [None] * (len(parts) - 1) + [Subject("cr_1", Telling.END)]
    assert other.text == "2 alone: withdrawn."


async def test_run_hands_over_its_receipts_and_an_edit_is_read_back_whole_beside_others(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.replies(IMESSAGE, "edited", text="First line\nsecond line")
    await life.run.result()

    assert {handing.approver for handing in lives.activities.handed} == {WHATSAPP, IMESSAGE}
    [handing] = [h for h in lives.activities.handed if h.approver == IMESSAGE]
    assert (handing.receipt.line or "").splitlines()[1:] == ["│ First line", "│ second line"]
    [other] = [h for h in lives.activities.handed if h.approver == WHATSAPP]
    for told in (other.receipt.text, other.receipt.line):
        assert (told or "").splitlines()[1:] == ["│ First line", "│ second line"]
    assert all(message.status_path for message in lives.activities.sent), "it sends prompts alone"


async def test_run_of_earlier_rules_sends_its_receipts_itself(lives: Lives) -> None:
    life = await lives.begin(rules=1)
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    await life.run.result()

    assert lives.activities.handed == []
    assert len([message for message in lives.activities.sent if not message.status_path]) == 2


async def test_run_does_not_end_before_its_receipt_is_handed_over(lives: Lives) -> None:
    lives.activities.script_hand_overs([NO_TEMPORAL] * 3)
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(Channel.WHATSAPP)

    await life.run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))

    assert await until(lambda: pending_activities(life.run), lambda p: p.get("receipt/whatsapp", 0) > 1)
    await life.run.result()
    assert len(lives.activities.handed) == 4
    assert len({_key(handing) for handing in lives.activities.handed}) == 1


def _key(handing: HandOver) -> str:
    return handing.receipt.key
