"""Whichever is first makes the one decision: an owner, an operator, or the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain.channels import Channel
from domain.decision import Outcome
from domain.writing.naming import label
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import current_details, timers, until_details
from tests.harness.processes import until
from tests.harness.recording import NOT_TAKEN
from tests.workflows.lives import Lives
from workflows.approval import ApprovalWorkflow
from workflows.signals import OperatorDecision, OptOut, Withdrawal


@pytest.mark.parametrize(
    ("outcome", "text", "final_text"),
    [("approved", None, "As drafted"), ("edited", "As I say it", "As I say it"), ("rejected", None, None)],
)
async def test_first_verdict_decides_core_gets_it_and_the_other_chat_is_told(
    lives: Lives, outcome: str, text: str | None, final_text: str | None
) -> None:
    life = await lives.begin(proposed_text="As drafted")
    await life.until_asked()

    await life.replies(WHATSAPP, outcome, **({"text": text} if text else {}))
    decision = await life.run.result()

    assert (decision.outcome, decision.final_text, decision.decider) == (outcome, final_text, str(WHATSAPP))
    [delivery] = lives.activities.deliveries
    assert (delivery.candidate_id, delivery.decision) == (life.candidate.id, decision)
    assert lives.activities.others(Channel.WHATSAPP) == [], "the edge has answered"
    [receipt] = lives.activities.others(Channel.IMESSAGE)
    told = {"rejected": "Skipped"}.get(outcome, outcome.capitalize())
    assert receipt.startswith(f"{told} on WhatsApp: ")


async def test_verdict_on_imessage_is_confirmed_there_by_a_message(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.replies(IMESSAGE, "rejected")
    await life.run.result()

    assert [len(lives.activities.others(channel)) for channel in Channel] == [1, 1]
    assert lives.activities.others(Channel.IMESSAGE) == [f"Skipped: {label(life.candidate)}"]


async def test_note_to_the_agent_comes_with_the_rejection_to_core(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(Channel.WHATSAPP)

    await life.replies(WHATSAPP, "rejected", note="shorter, " * 100)
    decision = await life.run.result()

    [delivery] = lives.activities.deliveries
    assert delivery.decision.note == decision.note == ("shorter, " * 100)[:500]
    assert (delivery.brand_id, delivery.source_ref) == (life.candidate.brand_id, life.candidate.source_ref)


async def test_two_verdicts_at_once_make_one_decision_and_the_second_is_answered(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.replies(IMESSAGE, "approved")
    await life.replies(WHATSAPP, "rejected")
    decision = await life.run.result()

    assert (decision.outcome, decision.decider) == (Outcome.APPROVED, str(IMESSAGE))
    assert len(lives.activities.deliveries) == 1
    *_, told = lives.activities.others(Channel.WHATSAPP)
    assert "approved on imessage" in told.lower()


async def test_same_message_twice_has_one_effect(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.replies(IMESSAGE, None, message_key="imessage/1")
    await until(lambda: len(lives.activities.others(Channel.IMESSAGE)) == 1)
    await life.replies(IMESSAGE, "rejected", message_key="imessage/1")
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    answer, receipt = lives.activities.others(Channel.IMESSAGE)
    assert "not understood" in answer
    assert "Approved on WhatsApp" in receipt


async def test_reply_of_somebody_who_was_not_asked_changes_nothing(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(Channel.WHATSAPP)

    await life.replies(IMESSAGE, "approved")
    await life.replies(WHATSAPP, "rejected")

    assert (await life.run.result()).outcome is Outcome.REJECTED
    assert lives.activities.others(Channel.IMESSAGE) == []


async def test_text_that_is_too_long_decides_nothing_and_is_answered(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.replies(IMESSAGE, "edited", text="x" * 3001)
    await until(lambda: len(lives.activities.others(Channel.IMESSAGE)) == 1)
    await life.replies(IMESSAGE, "edited", text="x" * 3000)

    assert (await life.run.result()).final_text == "x" * 3000


async def test_candidate_expires_at_its_deadline_and_no_earlier(lives: Lives) -> None:
    life = await lives.begin(lasts=timedelta(hours=1))
    await life.until_asked()

    await life.passes(timedelta(seconds=3590))
    assert lives.activities.deliveries == []
    await life.passes(timedelta(seconds=20))
    decision = await life.run.result()

    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "system:timeout")
    assert all(lives.activities.others(channel)[0].startswith("Expired at ") for channel in Channel)


async def test_reply_after_the_end_is_answered_and_changes_nothing(lives: Lives) -> None:
    """The run stays open because core does not accept the decision."""
    lives.activities.script_deliveries([NOT_TAKEN])
    life = await lives.begin()
    await life.until_asked()
    await life.passes(timedelta(minutes=15, seconds=1))
    await until_details(life.run, "parked")

    await life.replies(IMESSAGE, "approved", received_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    await until(lambda: "changes nothing" in lives.activities.others(Channel.IMESSAGE)[-1])
    await life.run.signal(ApprovalWorkflow.retry_callback)

    assert (await life.run.result()).outcome is Outcome.EXPIRED


@pytest.mark.parametrize("decision", ["approved", "rejected"])
async def test_operator_decides_in_the_owners_stead(lives: Lives, decision: str) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", decision))
    made = await life.run.result()

    assert (made.outcome, made.decider) == (decision, "operator:ann")
    told = {"approved": "Approved", "rejected": "Skipped"}[decision]
    assert all(lives.activities.others(channel)[0].startswith(f"{told} by an operator: ") for channel in Channel)


async def test_operators_signal_that_is_incomplete_is_noted_and_does_nothing(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "edited"))
    assert "decide needs final_text if the decision is edited" in await current_details(life.run)
    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision(decision="approved"))
    assert "decide needs an operator" in await current_details(life.run)
    await life.run.signal(ApprovalWorkflow.withdraw, Withdrawal())
    assert "withdraw needs an operator" in await current_details(life.run)
    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "edited", "Mine"))

    assert (await life.run.result()).final_text == "Mine"


async def test_misspelt_decision_is_answered_beside_its_signal_in_the_timeline(lives: Lives) -> None:
    misspelt = 'Ignored: decide accepts approved, rejected and edited, not "aproved"'
    answered, of_before = await lives.begin(), await lives.begin(rules=1)
    for life in (answered, of_before):
        await life.until_asked()
        await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "aproved"))
    await until(lambda: timers(answered.run), lambda shown: misspelt in shown)
    for life in (answered, of_before):
        await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "rejected"))
        assert (await life.run.result()).outcome is Outcome.REJECTED
    assert misspelt not in await timers(of_before.run), "a run goes on as it began"


async def test_operator_who_comes_after_a_decision_reads_so_in_the_timeline(lives: Lives) -> None:
    lives.activities.script_deliveries([NOT_TAKEN])
    life = await lives.begin()
    await life.until_asked()
    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "rejected"))
    await until_details(life.run, "parked")

    await life.run.signal(ApprovalWorkflow.decide, OperatorDecision("bob", "approved"))
    await life.run.signal(ApprovalWorkflow.withdraw, Withdrawal("bob"))

    late = [f"Ignored: {name} is too late: the candidate is decided" for name in ("decide", "withdraw")]
    await until(lambda: timers(life.run), lambda shown: set(late) <= set(shown))
    await life.run.signal(ApprovalWorkflow.retry_callback)
    assert (await life.run.result()).decider == "operator:ann"


async def test_operator_withdraws_and_every_chat_that_was_asked_is_told(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    decision = await life.run.result()

    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "operator:ann")
    assert all(lives.activities.others(channel)[0].startswith("Withdrawn: ") for channel in Channel)


async def test_cancelled_run_ends_as_any_other_with_a_decision_that_core_gets(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.cancel()
    decision = await life.run.result()

    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "operator:cancelled")
    assert (await life.run.describe()).status is WorkflowExecutionStatus.COMPLETED
    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision]
    assert [len(lives.activities.others(channel)) for channel in Channel] == [1, 1]


async def test_owner_who_opts_out_is_told_nothing_more_there_and_decides_elsewhere(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.opt_out, OptOut(str(WHATSAPP)))
    await until_details(life.run, "opted out")
    await life.replies(IMESSAGE, "approved")

    assert (await life.run.result()).decider == str(IMESSAGE)
    assert lives.activities.others(Channel.WHATSAPP) == []
