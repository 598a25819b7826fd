"""Cancelling a run in each phase of its life: a decision like any other, or none if there was one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from domain.decision import CallbackState, Decision, Outcome
from tests.harness.core import Owner
from tests.harness.operator import current_details
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway, skipping_gateway
from workflows.approval import ApprovalWorkflow
from workflows.signals import OperatorDecision

CANCELLED = (Outcome.EXPIRED, "operator:cancelled")
APPROVED = (Outcome.APPROVED, "operator:ann")


@pytest.fixture(scope="module")
async def gateway() -> AsyncIterator[SkippingGateway]:
    """A gateway where a brand's second candidate waits long for its slot."""
    async with skipping_gateway(MIN_SPACING_SEC="60") as gateway:
        yield gateway


async def ended(gateway: SkippingGateway, candidate: dict[str, Any]) -> tuple[Outcome, str]:
    """Give what was decided and core was told, once the run has come to its regular end."""
    run = gateway.handle(candidate["id"])
    decision = await asyncio.wait_for(run.result(), timeout=20)
    assert (await run.describe()).status is WorkflowExecutionStatus.COMPLETED
    [reported] = await gateway.phone.decisions(candidate["id"])
    assert (reported["decision"], reported["decider"]) == (decision.outcome, decision.decider)
    return decision.outcome, decision.decider


async def until_callback(gateway: SkippingGateway, candidate: dict[str, Any], note: str, attempts: int) -> None:
    async def noted() -> bool:
        made = await gateway.phone.attempts("core.decisions", contains=candidate["id"])
        record = await gateway.candidates.read(candidate["id"])
        return len(made) >= attempts and record.callback == note

    await until(noted)


async def decided(gateway: SkippingGateway, status: int) -> tuple[dict[str, Any], WorkflowHandle[Any, Decision]]:
    """Have a candidate decided by an operator while core answers with a status."""
    candidate, run = await gateway.accepted(Owner())
    await gateway.phone.fault("core.decisions", match=candidate["id"], status=status)
    await gateway.phone.until_prompted("whatsapp", candidate["id"])
    await run.signal(ApprovalWorkflow.decide, OperatorDecision("ann", "approved"))
    return candidate, run


async def test_cancelled_in_the_queue_it_expires_and_nobody_is_asked(gateway: SkippingGateway, owner: Owner) -> None:
    first, first_run = await gateway.accepted(owner, brand_id="b_queue")
    await gateway.phone.until_prompted("whatsapp", first["id"])
    second, run = await gateway.accepted(owner, brand_id="b_queue")

    async def waiting() -> bool:
        return (await current_details(run)).count("waiting for a slot") == 2

    await until(waiting)
    await run.cancel()
    assert await ended(gateway, second) == CANCELLED
    assert await gateway.phone.attempts("twilio.messages", contains=second["id"]) == []
    await first_run.cancel()
    assert await ended(gateway, first) == CANCELLED


async def test_cancelled_while_a_prompt_is_on_its_way_it_expires_and_the_prompt_is_followed_by_a_receipt(
    gateway: SkippingGateway, owner: Owner
) -> None:
    await gateway.phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=1)
    candidate, run = await gateway.accepted(owner)

    async def under_way() -> bool:
        return bool(await gateway.phone.attempts("twilio.messages", contains=candidate["id"]))

    await until(under_way)
    await run.cancel()
    assert await ended(gateway, candidate) == CANCELLED
    prompt, receipt = await gateway.phone.texts("whatsapp", owner)
    assert f"Id: {candidate['id']}\n" in prompt
    assert "withdrawn" in receipt


async def test_cancelled_while_it_waits_for_a_reply_it_expires_and_every_chat_is_told(
    gateway: SkippingGateway, owner: Owner
) -> None:
    candidate, run = await gateway.accepted(owner)
    await gateway.phone.until_prompted("whatsapp", candidate["id"])
    await gateway.phone.until_prompted("imessage", candidate["id"])

    await run.cancel()
    assert await ended(gateway, candidate) == CANCELLED
    for channel in ("whatsapp", "imessage"):
        _, receipt = await gateway.phone.texts(channel, owner)
        assert "withdrawn" in receipt


async def test_cancelled_while_core_is_told_again_and_again_its_decision_stands(gateway: SkippingGateway) -> None:
    candidate, run = await decided(gateway, status=503)
    await until_callback(gateway, candidate, CallbackState.PENDING, attempts=2)

    await run.cancel()
    await gateway.phone.heal()

    assert await ended(gateway, candidate) == APPROVED


async def test_cancelled_while_its_callback_is_parked_its_decision_stands(gateway: SkippingGateway) -> None:
    candidate, run = await decided(gateway, status=400)
    await until_callback(gateway, candidate, CallbackState.PARKED, attempts=1)

    await run.cancel()
    assert "parked" in await current_details(run)
    await gateway.phone.heal()
    await run.signal(ApprovalWorkflow.retry_callback)

    assert await ended(gateway, candidate) == APPROVED
