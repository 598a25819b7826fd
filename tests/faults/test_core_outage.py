"""Core is down for hours, or too slow to confirm a decision."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from domain.decision import Decision, Outcome
from domain.temporal_names import ActivityType
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from tests.harness.stack import Stack


async def test_core_that_was_down_for_hours_gets_the_decision_once(skipping: SkippingGateway, owner: Owner) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await skipping.phone.until_prompted("whatsapp", candidate["id"])
    await skipping.phone.fault("core.decisions", drop=True, match=candidate["id"])
    await run.signal("decide", {"operator": "ann", "decision": "approved"})
    await until(lambda: _deliveries(run))

    await skipping.env.fast_forward(run, timedelta(hours=4))
    attempts = len(await skipping.phone.attempts("core.decisions", contains=candidate["id"]))
    await skipping.phone.heal()
    await skipping.env.fast_forward(run, timedelta(minutes=11))

    assert (await run.result()).outcome is Outcome.APPROVED
    assert len(await skipping.phone.decisions(candidate["id"])) == 1
    assert 4 * 6 < attempts < 4 * 6 + 15, "ten minutes apart, after a few quicker ones"


async def test_decision_that_core_took_without_an_answer_is_delivered_again_under_the_same_id(
    stack: Stack, owner: Owner
) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.phone.fault("core.decisions", match=candidate["id"], accept=True, hang=True, times=1)
    await stack.run_of(candidate["id"]).signal("decide", {"operator": "ann", "decision": "approved"})
    first, second = await until(lambda: stack.phone.decisions(candidate["id"]), lambda told: len(told) > 1)
    assert second["at"] - first["at"] < 30, "the gateway waits twenty seconds for an answer"
    changing = {"at", "attempt", "webhook_timestamp"}
    assert {name for name in first if first[name] != second[name]} == changing
    assert (await stack.core.until_callback(candidate["id"], "delivered"))["decision"] == "approved"


async def _deliveries(run: WorkflowHandle[Any, Decision]) -> list[str]:
    pending = (await run.describe()).raw_description.pending_activities
    return [each.activity_id for each in pending if each.activity_type.name == ActivityType.DELIVER_DECISION]
