"""A repetition that turns out not to be needed while it waits for its slot."""

import re

from tests.harness.edges import twilio_posts
from tests.harness.operator import pending_activities
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


async def test_repetition_that_waits_for_its_slot_is_given_up_when_twilio_reports_the_first(
    stack: Stack, owner: Owner
) -> None:
    await stack.phone.statuses()
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
    candidate = await stack.core.accepted(owner, deadline_sec=15)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    run = stack.run_of(candidate["id"])
    await stack.core.until_state(candidate["id"], "prompted")
    stack.valkey.freeze()
    try:
        await until(lambda: pending_activities(run), lambda ids: any(not re.match("prompt/", name) for name in ids))
        form = [("MessageSid", prompt["id"]), ("MessageStatus", "sent")]
        path = f"/webhooks/whatsapp/status/{candidate['id']}/1-1"
        assert (await twilio_posts(stack.core.http, form, path=path)).status_code == 204
    finally:
        stack.valkey.thaw()

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == "system:timeout"
    await run.result()
    assert len(await stack.phone.prompt_attempts("whatsapp", candidate["id"])) == 1
