"""The same message twice has one effect and the same answer."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.harness.asking import answer_to, asked, skipped
from tests.harness.chats import until_read
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import Stack


@pytest.mark.parametrize(("text", "concurrent"), [("Approve {id}.", False), ("approve", True)])
async def test_same_whatsapp_message_decides_once_and_is_answered_with_the_same_words(
    stack: Stack,
    owner: Owner,
    text: str,
    concurrent: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    if "{" not in text:
        await until_read(stack, "whatsapp", owner, candidate)
    text, message_id = text.format(id=candidate["id"]), f"SM{uuid4().hex}"

    before = await stack.phone.says("whatsapp", owner, text, message_id=message_id, times=2, concurrent=concurrent)
    await stack.phone.until_decided(candidate["id"])
    after = await stack.phone.says("whatsapp", owner, text, message_id=message_id)
    await stack.run_of(candidate["id"]).result()
    another = await asked(stack, "whatsapp", owner)
    at_the_end = await stack.phone.says("whatsapp", owner, text, message_id=message_id, times=2, concurrent=concurrent)

    words = [*before.words, *after.words, *at_the_end.words]
    assert words == [f"Got it: post {label(candidate)}"] * 5
    assert len(await stack.phone.decisions(candidate["id"])) == 1
    assert await skipped(stack, "whatsapp", owner, another)


@pytest.mark.parametrize(("form", "text"), [("event", "approve"), ("plain", "approve {id}")])
async def test_same_imessage_decides_once_and_is_answered_once(
    stack: Stack, owner: Owner, form: str, text: str
) -> None:
    candidate = await asked(stack, "imessage", owner)
    if "{" not in text:
        await until_read(stack, "imessage", owner, candidate)
    message = {"form": form, "timestamp": datetime.now(UTC).isoformat()} | (
        {"message_id": uuid4().hex} if form == "event" else {}
    )
    text = text.format(id=candidate["id"])

    await stack.phone.says("imessage", owner, text, **message, times=2, concurrent=True)
    await stack.phone.until_message("imessage", owner, f"Approved: {label(candidate)}")
    await stack.phone.says("imessage", owner, text, **message)
    await stack.run_of(candidate["id"]).result()
    another = await asked(stack, "imessage", owner)
    await stack.phone.says("imessage", owner, text, **message, times=2)
    assert await skipped(stack, "imessage", owner, another)
    await stack.phone.until_message("imessage", owner, f"Skipped: {label(another)}")

    texts = await stack.phone.texts("imessage", owner)
    assert [text.splitlines()[0] for text in texts] == [
        f"{candidate['brand_id']} on X · {number(candidate)}",
        f"Approved: {label(candidate)}",
        f"{another['brand_id']} on X · {number(another)}",
        f"Skipped: {label(another)}",
    ]
    assert len(await stack.phone.decisions(candidate["id"])) == 1


async def test_redelivered_bare_verb_still_finds_nothing(stack: Stack, owner: Owner) -> None:
    """A message that led to `Which one?` decides nothing when only one draft is left."""
    nothing, which = f"SM{uuid4().hex}", f"SM{uuid4().hex}"
    earlier = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, earlier)
    found_nothing = await stack.phone.says("whatsapp", owner, "approve", message_id=nothing)
    first, second = await asyncio.gather(asked(stack, "whatsapp", owner), asked(stack, "whatsapp", owner))
    ambiguous = await stack.phone.says("whatsapp", owner, "approve", message_id=which)
    assert await skipped(stack, "whatsapp", owner, first)

    nothing_again = await stack.phone.says("whatsapp", owner, "approve", message_id=nothing)
    which_again = await stack.phone.says("whatsapp", owner, "approve", message_id=which)

    assert found_nothing.words == [f"{label(earlier)}: skipped on WhatsApp. Your message changes nothing."]
    assert ambiguous.words[0].startswith("Which one?")
    assert nothing_again.words == found_nothing.words
    assert which_again.words == ambiguous.words
    assert await skipped(stack, "whatsapp", owner, second)


async def test_redelivered_message_gets_the_same_refusal(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    refused = {
        f"SM{uuid4().hex}": text
        for text in ("help", "ok", "approve cr_unknown", f"edit {candidate['id']}: {'x' * 3001}")
    }

    before = [await stack.phone.says("whatsapp", owner, text, message_id=sid) for sid, text in refused.items()]
    assert await skipped(stack, "whatsapp", owner, candidate)
    late_sid = f"SM{uuid4().hex}"
    late = await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}", message_id=late_sid, times=2)
    after = [await stack.phone.says("whatsapp", owner, text, message_id=sid) for sid, text in refused.items()]

    assert [said.words for said in after] == [said.words for said in before]
    assert late.words == [f"{label(candidate)}: already skipped on WhatsApp. Your message changes nothing."] * 2


async def test_answer_on_imessage_is_not_sent_again(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    message_id = uuid4().hex
    await stack.phone.says("imessage", owner, "help", message_id=message_id, times=2, concurrent=True)
    await stack.phone.until_message("imessage", owner, "yes = post it")

    await stack.phone.says("imessage", owner, "help", message_id=message_id)
    await answer_to(stack, "imessage", owner, f"skip {candidate['id']}", "Skipped: ")

    query = f"WorkflowId STARTS_WITH 'reply/imessage/{message_id}'"
    assert (await stack.client.count_workflows(query)).count == 1
    assert sum("yes = post it" in text for text in await stack.phone.texts("imessage", owner)) == 1
