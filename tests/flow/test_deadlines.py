"""Deadlines, retries and parking, with time skipped."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from domain.decision import Decision, Outcome
from domain.temporal_names import ActivityType
from tests.harness.operator import change_timeout
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from workflows.approval import ApprovalWorkflow
from workflows.search_attributes import CALLBACK_STATE

pytestmark = pytest.mark.faults


async def test_candidate_expires_at_its_deadline_and_no_earlier(skipping: SkippingGateway, owner: Owner) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])

    await skipping.env.fast_forward(run, timedelta(seconds=3590))
    assert await skipping.phone.decisions(candidate["id"]) == []
    await skipping.env.fast_forward(run, timedelta(seconds=20))

    decision = await run.result()
    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "system:timeout")
    assert timedelta(seconds=3590) < decision.latency < timedelta(seconds=3610)


async def test_callback_is_retried_when_core_says_then_parked_until_an_operator_retries(
    skipping: SkippingGateway, owner: Owner
) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])
    postponed = {"status": 503, "headers": {"Retry-After": "900"}, "match": candidate["id"]}
    await skipping.phone.fault("core.decisions", **postponed)
    await skipping.env.fast_forward(run, timedelta(seconds=3601))
    (delivery,) = await until(lambda: _pending_delivery(run))
    period = timedelta(hours=1)  # instead of retries for a day
    await change_timeout(skipping.env.client, run, delivery, "schedule_to_close_timeout", period)

    await skipping.env.fast_forward(run, timedelta(hours=2))
    await until(lambda: _is_parked(run), within=40)
    attempts = len(await skipping.phone.attempts("core.decisions", contains=candidate["id"]))
    await skipping.phone.heal()
    await run.signal(ApprovalWorkflow.retry_callback)

    assert 3 <= attempts < 24 * 4, "a quarter of an hour apart, and for less than a day"
    assert (await run.result()).outcome is Outcome.EXPIRED
    assert len(await skipping.phone.decisions(candidate["id"])) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_refusal_that_might_be_a_proxys_is_retried_for_ten_minutes_and_then_parked(
    skipping: SkippingGateway, owner: Owner, status: int
) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=60, owner_imessage=None)
    await skipping.phone.fault("core.decisions", match=candidate["id"], status=status)
    await skipping.env.fast_forward(run, timedelta(seconds=61))
    await until(lambda: _pending_delivery(run))

    await skipping.env.fast_forward(run, timedelta(minutes=8))
    assert not await _is_parked(run)
    await skipping.env.fast_forward(run, timedelta(minutes=4))
    await until(lambda: _is_parked(run))

    await skipping.phone.heal()
    await run.signal(ApprovalWorkflow.retry_callback)
    assert (await run.result()).outcome is Outcome.EXPIRED


async def _pending_delivery(run: WorkflowHandle[Any, Decision]) -> list[str]:
    pending = (await run.describe()).raw_description.pending_activities
    return [each.activity_id for each in pending if each.activity_type.name == ActivityType.DELIVER_DECISION]


async def _is_parked(run: WorkflowHandle[Any, Decision]) -> bool:
    return (await run.describe()).typed_search_attributes.get(CALLBACK_STATE) == "parked"
