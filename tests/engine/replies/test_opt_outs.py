"""An owner who wants to be asked nothing more in a chat."""

import pytest

from tests.harness.asking import answer_to, asked
from tests.harness.naming import number
from tests.harness.phone import Owner
from tests.harness.stack import Stack


async def test_stop_ends_what_is_open_in_this_chat_and_is_answered(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, status=400)
    candidate = await asked(stack, "whatsapp", owner)

    await answer_to(stack, "whatsapp", owner, "Stop.", "No more drafts come here.")

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")
    (whatsapp, _) = (await stack.core.candidate(candidate["id"]))["prompts"]
    assert (whatsapp["standing"], whatsapp["code"]) == ("failed", "21610")
    await stack.run_of(candidate["id"]).result()
    assert not any("Nothing is left to do" in text for text in await stack.phone.texts("whatsapp", owner))
    await answer_to(stack, "whatsapp", owner, "START", "Drafts come here again")


async def test_stop_that_is_delivered_again_ends_nothing_that_came_later(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "whatsapp", owner)
    said = await stack.phone.says("whatsapp", owner, "STOP")
    later = await asked(stack, "whatsapp", owner)

    again = await stack.phone.says("whatsapp", owner, "STOP", message_id=said.message_id)

    assert again.words == said.words
    assert number(first) in said.words[0]
    await stack.phone.says("whatsapp", owner, f"approve {later['id']}")
    assert (await stack.phone.until_decided(later["id"]))["decider"] == owner.whatsapp


@pytest.mark.parametrize("channel", ["imessage"])
async def test_stop_is_no_such_word_where_no_provider_hears_it(stack: Stack, owner: Owner, channel: str) -> None:
    candidate = await asked(stack, channel, owner)

    await answer_to(stack, channel, owner, "stop", "Nothing was decided")

    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    await stack.phone.says(channel, owner, f"skip {candidate['id']}")
    await stack.phone.until_decided(candidate["id"])
