"""Cancelling a run in any phase of its life expires the candidate, unless it was decided before."""

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from domain.decision import CallbackState, Decision, Outcome
from tests.harness.core import CandidateBody
from tests.harness.operator import current_details, until_details
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from workflows.approval import ApprovalWorkflow
from workflows.signals import OperatorDecision

pytestmark = pytest.mark.faults

CANCELLED = (Outcome.EXPIRED, "operator:cancelled")
APPROVED = (Outcome.APPROVED, "operator:ann")


async def ended(skipping: SkippingGateway, candidate: CandidateBody) -> tuple[Outcome, str]:
    """Returns what was decided and delivered to core, once the run has completed."""
    run = skipping.run_of(candidate["id"])
    decision = await asyncio.wait_for(run.result(), timeout=60)
    assert (await run.describe()).status is WorkflowExecutionStatus.COMPLETED
    [reported] = await skipping.phone.decisions(candidate["id"])
    assert (reported["decision"], reported["decider"]) == (decision.outcome, decision.decider)
    return decision.outcome, decision.decider


async def until_callback(skipping: SkippingGateway, candidate: CandidateBody, note: str, attempts: int) -> None:
    async def noted() -> bool:
        made = await skipping.phone.attempts("core.decisions", contains=candidate["id"])
        record = await skipping.candidates.read(candidate["id"])
        return len(made) >= attempts and record.callback == note

    await until(noted)


async def decided(skipping: SkippingGateway, status: int) -> tuple[CandidateBody, WorkflowHandle[Any, Decision]]:
    """Returns a candidate that an operator decided while core answers with a status."""
    candidate, run = await skipping.accepted(Owner())
    await skipping.phone.fault("core.decisions", match=candidate["id"], status=status)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])
    await run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))
    return candidate, run


async def test_cancelled_in_the_queue_it_expires_and_nobody_is_asked(skipping: SkippingGateway, owner: Owner) -> None:
    queue = [await skipping.accepted(owner, brand_id="b_queue") for _ in range(10)]
    candidate, run = queue[-1]
    await until_details(run, "waiting for a slot", times=2)
    await run.cancel()
    assert await ended(skipping, candidate) == CANCELLED
    assert await skipping.phone.attempts("twilio.messages", contains=candidate["id"]) == []


async def test_cancelled_while_a_prompt_is_on_its_way_it_expires_and_a_receipt_follows(
    skipping: SkippingGateway, owner: Owner
) -> None:
    await skipping.phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=1)
    candidate, run = await skipping.accepted(owner)
    await until(lambda: skipping.phone.attempts("twilio.messages", contains=candidate["id"]))
    await run.cancel()
    assert await ended(skipping, candidate) == CANCELLED
    await skipping.phone.until_message("whatsapp", owner, "Withdrawn")
    prompt, _ = await skipping.phone.texts("whatsapp", owner)
    assert candidate["id"] in prompt


async def test_cancelled_while_it_waits_for_a_reply_it_expires_and_every_chat_is_told(
    skipping: SkippingGateway, owner: Owner
) -> None:
    candidate, run = await skipping.accepted(owner)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])
    await skipping.phone.until_prompted("imessage", candidate["id"])

    await run.cancel()
    assert await ended(skipping, candidate) == CANCELLED
    for channel in ("whatsapp", "imessage"):
        await skipping.phone.until_message(channel, owner, "Withdrawn")


async def test_cancelled_during_retries_to_core_it_keeps_its_decision(skipping: SkippingGateway) -> None:
    candidate, run = await decided(skipping, status=503)
    await until_callback(skipping, candidate, CallbackState.PENDING, attempts=2)

    await run.cancel()
    await skipping.phone.heal()

    assert await ended(skipping, candidate) == APPROVED


async def test_cancelled_while_its_callback_is_parked_it_keeps_its_decision(skipping: SkippingGateway) -> None:
    candidate, run = await decided(skipping, status=400)
    await until_callback(skipping, candidate, CallbackState.PARKED, attempts=1)

    await run.cancel()
    assert "parked" in await current_details(run)
    await skipping.phone.heal()
    await run.signal(ApprovalWorkflow.retry_callback)

    assert await ended(skipping, candidate) == APPROVED
