"""Core withdraws or replaces a candidate: what the runs do, and who is notified."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.receipt_handover import HandOver
from activities.replacing import Place, Succession
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.handed_receipts import HandedReceipt
from domain.conversation.numbers import number_of
from domain.conversation.subjects import Telling
from domain.core_withdrawal import CORE, CoreWithdrawal
from domain.decision import Outcome
from domain.writing.naming import label
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import current_details, pending_activities, until_details
from tests.harness.processes import until
from tests.harness.recording import NOT_DECIDED, NOT_TAKEN, refused
from tests.workflows.lives import Lives, SkippedRun
from workflows.approval import ApprovalWorkflow
from workflows.signals import OperatorDecision

OLD = "cr_old"
INSTEAD = f"Instead of {number_of(OLD)}."
WITHDRAWN = CoreWithdrawal(CORE)
OVERTAKEN = Place(is_taken=False)


def free(*told: Approver, owed: Sequence[Approver] = ()) -> Place:
    """Returns a free place, with what the old candidate left for its chats."""
    receipts = [HandOver(to, HandedReceipt(OLD, to.channel, f"old on {to.channel}", "old")) for to in owed]
    return Place(is_taken=True, told_in_prompts=told, owed=tuple(receipts))


def in_favor_of(*approvers: Approver) -> CoreWithdrawal:
    return CoreWithdrawal.in_favor_of("cr_new", approvers)


async def until_refused(life: SkippedRun) -> None:
    """Waits until the place has been requested more than once."""
    await until(lambda: pending_activities(life.run), lambda pending: pending.get("place", 0) > 1)


async def test_core_takes_a_candidate_back_and_every_chat_that_was_asked_is_told(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.withdraw, WITHDRAWN)
    decision = await life.run.result()

    assert (decision.outcome, decision.decider, decision.via) == (Outcome.EXPIRED, "core:withdrawn", "core")
    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision]
    told = f"Taken back by the agent: {label(life.candidate)}. It needs no answer any more."
    assert [lives.activities.others(channel) for channel in Channel] == [[told], [told]]


async def test_verdict_before_the_withdrawal_stands(lives: Lives) -> None:
    lives.activities.script_deliveries([NOT_TAKEN])
    life = await lives.begin()
    await life.until_asked()

    await life.replies(WHATSAPP, "approved")
    await until_details(life.run, "parked")
    await life.run.signal(ApprovalWorkflow.withdraw, WITHDRAWN)
    await life.run.signal(ApprovalWorkflow.withdraw, in_favor_of(WHATSAPP))
    await life.run.signal(ApprovalWorkflow.retry_callback)

    assert (await life.run.result()).outcome is Outcome.APPROVED


async def test_chat_of_the_successor_gets_no_receipt_of_the_old_one_and_others_do(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.withdraw, in_favor_of(WHATSAPP))
    decision = await life.run.result()

    assert (decision.decider, decision.replaced_by) == ("core:replaced", "cr_new")
    assert lives.activities.others(Channel.WHATSAPP) == []
    replaced = f"Replaced by {number_of('cr_new')}: {label(life.candidate)}. It needs no answer any more."
    assert lives.activities.others(Channel.IMESSAGE) == [replaced]
    assert await (await life.run.describe()).memo_value("left") == [str(WHATSAPP)]


async def test_late_reply_to_the_old_one_is_answered_by_whom_it_was_replaced(lives: Lives) -> None:
    lives.activities.script_deliveries([NOT_TAKEN])
    life = await lives.begin(approvers=(IMESSAGE,))
    await life.until_asked(Channel.IMESSAGE)

    await life.run.signal(ApprovalWorkflow.withdraw, in_favor_of(IMESSAGE))
    await until_details(life.run, "parked")
    await life.replies(IMESSAGE, "approved")
    await until(lambda: len(lives.activities.others(Channel.IMESSAGE)) == 1)
    await life.run.signal(ApprovalWorkflow.retry_callback)
    await life.run.result()

    assert lives.activities.others(Channel.IMESSAGE) == [
        f"{label(life.candidate)}: already replaced by {number_of('cr_new')}. Your message changes nothing."
    ]


async def test_nobody_is_asked_before_the_place_is_free_and_then_the_prompt_says_whose_it_is(lives: Lives) -> None:
    lives.activities.script_places([NOT_DECIDED, NOT_DECIDED, free(WHATSAPP)])
    life = await lives.begin(replaces=OLD)
    await until_refused(life)
    assert (lives.activities.asked, lives.activities.sent) == ([], [])

    await life.passes(timedelta(seconds=10))
    await life.until_asked()
    await life.replies(WHATSAPP, "approved")
    await life.run.result()

    [on_whatsapp], [on_imessage] = map(lives.activities.prompts, (Channel.WHATSAPP, Channel.IMESSAGE))
    assert on_whatsapp.splitlines()[1] == INSTEAD
    assert INSTEAD not in on_imessage
    ended = {m.slot.approver: m.subject.ended for m in lives.activities.sent if m.subject and m.status_path}
    assert ended == {WHATSAPP: (OLD,), IMESSAGE: ()}
    assert set(lives.activities.successions) == {Succession(life.candidate.id, OLD, (WHATSAPP, IMESSAGE))}


async def test_first_part_of_a_long_prompt_alone_tells_the_end_of_the_old_one(lives: Lives) -> None:
    lives.activities.script_places([free(WHATSAPP)])
    life = await lives.begin(replaces=OLD, approvers=(WHATSAPP,), proposed_text="word " * 500)
    await life.until_asked(Channel.WHATSAPP)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    subjects = [message.subject for message in lives.activities.sent if message.status_path and message.subject]
    assert (subjects[0].telling, subjects[-1].telling) == (Telling.PART, Telling.WHOLE)
    first, *others = zip(subjects, lives.activities.prompts(Channel.WHATSAPP), strict=True)
    assert (first[0].ended, INSTEAD in first[1]) == ((OLD,), True)
    assert {(subject.ended, INSTEAD in text) for subject, text in others} == {((), False)}


async def test_candidate_whose_predecessor_was_decided_first_ends_unasked(lives: Lives) -> None:
    lives.activities.script_places([OVERTAKEN])
    life = await lives.begin(replaces=OLD)
    decision = await life.run.result()

    assert (decision.outcome, decision.decider, decision.via) == (Outcome.EXPIRED, "system:overtaken", "system")
    assert (lives.activities.asked, lives.activities.sent, lives.activities.handed) == ([], [], [])
    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision]
    assert await (await life.run.describe()).memo_value("place") is False


async def test_its_own_decision_does_not_cut_the_taking_of_the_place_short(lives: Lives) -> None:
    """Core withdraws the new one while the old one is being withdrawn.

    Both end, and nobody is asked.
    """
    lives.activities.script_places([NOT_DECIDED] * 5 + [free(WHATSAPP, owed=[WHATSAPP])])
    life = await lives.begin(replaces=OLD)
    await until_refused(life)

    await life.run.signal(ApprovalWorkflow.withdraw, WITHDRAWN)
    await until(lambda: len(lives.activities.deliveries) == 1)
    assert (await life.run.describe()).status is WorkflowExecutionStatus.RUNNING
    await life.passes(timedelta(minutes=2))

    assert (await life.run.result()).decider == "core:withdrawn"
    assert lives.activities.sent == []
    assert lives.activities.others(Channel.WHATSAPP) == ["old on whatsapp"], "no prompt tells of the old one's end"
    assert await (await life.run.describe()).memo_value("place") is True


@pytest.mark.faults
async def test_deadline_that_passes_meanwhile_decides_and_the_run_goes_on(lives: Lives) -> None:
    lives.activities.script_places([NOT_DECIDED] * 60 + [OVERTAKEN])
    life = await lives.begin(replaces=OLD, lasts=timedelta(minutes=1))
    await until_refused(life)

    await life.passes(timedelta(seconds=61))
    await until(lambda: len(lives.activities.deliveries) == 1)
    assert (await life.run.describe()).status is WorkflowExecutionStatus.RUNNING
    await life.passes(timedelta(minutes=20))

    assert (await life.run.result()).decider == "system:timeout"
    assert lives.activities.sent == []


async def test_chat_where_the_new_prompt_cannot_go_gets_the_old_ones_receipt(lives: Lives) -> None:
    lives.activities.script_places([free(WHATSAPP, IMESSAGE, owed=[WHATSAPP, IMESSAGE])])
    lives.activities.script_sends(Channel.WHATSAPP, [refused("21211")])
    life = await lives.begin(replaces=OLD)
    await life.until_asked(Channel.IMESSAGE)

    await until(lambda: lives.activities.others(Channel.WHATSAPP) == ["old on whatsapp"])
    await life.replies(IMESSAGE, "rejected")
    await life.run.result()

    assert [h.receipt.text for h in lives.activities.handed if h.receipt.candidate_id == OLD] == ["old on whatsapp"]


async def test_nothing_is_posted_while_the_old_one_may_be(lives: Lives) -> None:
    lives.activities.script_places([NOT_DECIDED] * 4)
    life = await lives.begin(replaces=OLD)
    await until_refused(life)

    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))
    assert f"decide must wait: {OLD}, which this replaces, is still open" in await current_details(life.run)
    await life.replies(IMESSAGE, "edited", text="Mine")
    await until(lambda: "Nothing was decided" in "".join(lives.activities.others(Channel.IMESSAGE)))
    await life.passes(timedelta(minutes=2))
    await life.until_asked(Channel.WHATSAPP)
    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))

    assert (await life.run.result()).decider == "operator:ann"
