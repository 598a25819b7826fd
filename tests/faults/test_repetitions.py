"""A repetition that becomes unnecessary while it waits for its slot."""

from typing import Any

from temporalio.client import WorkflowHandle

from domain.temporal_names import ActivityType
from tests.harness.edges import twilio_reports
from tests.harness.operator import until_details
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


async def until_asking_for_a_slot(run: WorkflowHandle[Any, Any]) -> None:
    async def asking() -> bool:
        pending = (await run.describe()).raw_description.pending_activities
        return ActivityType.ASK_FOR_SLOT in {activity.activity_type.name for activity in pending}

    await until(asking)


async def test_repetition_that_waits_for_its_slot_is_given_up_when_twilio_reports_the_first(
    stack: Stack, owner: Owner
) -> None:
    """Twilio's list does not contain the first send yet, so the part is repeated."""
    await stack.phone.statuses()
    await stack.phone.listing(lag_sec=3600)
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
    candidate = await stack.core.accepted(owner, deadline_sec=30, owner_imessage=None)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    run = stack.run_of(candidate["id"])
    await until_details(run, "sent, arrival unknown")
    stack.valkey.freeze()
    try:
        await until_asking_for_a_slot(run)
        assert await twilio_reports(stack, candidate["id"], prompt["id"], "sent") == 204
    finally:
        stack.valkey.thaw()

    await stack.core.until_state(candidate["id"], "prompted")
    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == "system:timeout"
    await run.result()
    assert len(await stack.phone.prompt_attempts("whatsapp", candidate["id"])) == 1
