"""A slow Mac, a Mac without permission, and a subscription that was ended."""

from datetime import timedelta

from domain.conversation.numbers import number_of
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

PERIOD = timedelta(seconds=30)


async def test_prompt_from_a_slow_mac_arrives_once(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, times=1, delay_sec=30)
    candidate = await stack.core.accepted(owner, owner_whatsapp=None)

    await stack.phone.until_prompted("imessage", candidate["id"], within=90)
    await stack.core.until_state(candidate["id"], "prompted")
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")
    await stack.phone.until_message("imessage", owner, f"Approved: {number_of(candidate['id'])} ")

    assert len(await stack.phone.prompt_attempts("imessage", candidate["id"])) == 1


async def test_ended_subscription_starts_again(stack: Stack) -> None:
    """A worker of an earlier version without a sidecar ends it, and an operator can by mistake."""
    handle = stack.client.get_workflow_handle(PHOTON_SUBSCRIPTION_WORKFLOW_ID)
    before = (await handle.describe()).run_id
    await handle.terminate()
    await until(handle.describe, lambda run: run.run_id != before, within=3 * PERIOD.total_seconds())


async def test_text_to_the_macs_own_account_makes_no_loop(stack: Stack, owner: Owner) -> None:
    """Otherwise the gateway would answer its own help with help, every ten seconds, forever."""
    account = {"address": owner.imessage}
    (await stack.phone.http.put("/control/photon/account", json=account)).raise_for_status()
    candidate = await stack.core.accepted(owner, owner_whatsapp=None)
    await stack.phone.until_prompted("imessage", candidate["id"])
    await stack.phone.says("imessage", owner, "help")
    await stack.phone.until_message("imessage", owner, "yes = post it")

    await stack.phone.says("imessage", owner, "Herons fly at dawn")
    await stack.phone.until_message("imessage", owner, "that was not understood")

    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")
    await stack.phone.until_message("imessage", owner, f"Approved: {number_of(candidate['id'])} ")
    texts = await stack.phone.texts("imessage", owner)
    assert [sum(words in text for text in texts) for words in ("yes = post it", "that was not understood")] == [1, 1]
