"""Texts that are no clear edit: asked about, and posted only by a bare yes."""

import pytest

from tests.harness.asking import asked, skipped
from tests.harness.chats import chat_of, memories, pass_time
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

NEW_TEXT = "We are on it, and will tell you more today."


async def _proposed(stack: Stack, owner: Owner) -> CandidateBody:
    """Answer a prompt by a text; give its candidate once the owner has had time to read the question."""
    candidate = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    (words,) = (await stack.phone.says("whatsapp", owner, NEW_TEXT, quoted=prompt["id"])).words
    assert words == f"Post this instead of {label(candidate)}?\n│ {NEW_TEXT}\nyes or no"
    await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
    return candidate


async def test_yes_posts_the_text_that_answered_a_prompt(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)

    said = await stack.phone.says("whatsapp", owner, "yes")

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("edited", NEW_TEXT)
    assert said.words == [f"Got it: post this instead of {label(candidate)}\n│ {NEW_TEXT}"]
    again = await stack.phone.says("whatsapp", owner, "yes", message_id=said.message_id)
    assert again.words == said.words


async def test_yes_posts_the_text_as_it_was_shown(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    (words,) = (await stack.phone.says("whatsapp", owner, '“"Hear, hear!"”', quoted=prompt["id"])).words
    assert '\n│ "Hear, hear!"\n' in words
    await pass_time(stack, chat_of("whatsapp", owner), seconds=4)

    await stack.phone.says("whatsapp", owner, "yes")

    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == '"Hear, hear!"'


async def test_no_drops_the_text_and_leaves_the_candidate_open(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)

    (words,) = (await stack.phone.says("whatsapp", owner, "no")).words

    assert words.startswith(f"Dropped. {label(candidate)} is open")
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_no_with_a_note_says_that_the_note_reached_nobody(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)

    (words,) = (await stack.phone.says("whatsapp", owner, "no: too salesy")).words

    first, second = words.splitlines()
    assert first.startswith(f"Dropped. {label(candidate)} is open")
    assert second.startswith("Your note was not passed on.")
    assert await skipped(stack, "whatsapp", owner, candidate)


@pytest.mark.parametrize("text", ["yes {number}", "approve {number}"])
async def test_number_means_the_draft(stack: Stack, owner: Owner, text: str) -> None:
    candidate = await _proposed(stack, owner)

    await stack.phone.says("whatsapp", owner, text.format(number=number(candidate)))

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("approved", candidate["proposed_text"])


@pytest.mark.parametrize("text", ["approve", "👍"])
async def test_another_bare_word_is_asked_back(stack: Stack, owner: Owner, text: str) -> None:
    candidate = await _proposed(stack, owner)

    (words,) = (await stack.phone.says("whatsapp", owner, text)).words

    assert words.startswith(f"This one? {label(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_after_a_quarter_of_an_hour_posts_no_text(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)
    await pass_time(stack, chat_of("whatsapp", owner), seconds=15 * 60)

    (words,) = (await stack.phone.says("whatsapp", owner, "yes")).words

    assert words.startswith(f"This one? {label(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_that_was_typed_as_the_question_came_repeats_it(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    first = await stack.phone.says("whatsapp", owner, f"change it to something like {NEW_TEXT}")
    second = await stack.phone.says("whatsapp", owner, "yes")

    assert first.words[0].startswith("Post this instead of")
    assert second.words == first.words
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_on_imessage_an_unclear_edit_is_asked_about_and_yes_posts_it(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await stack.phone.says("imessage", owner, f"edit {NEW_TEXT}")
    await stack.phone.until_message("imessage", owner, "Post this instead of")
    chat = chat_of("imessage", owner)
    async with memories(stack) as chats:

        async def proposed() -> bool:
            last = recalled.last if (recalled := await chats.recall([chat])) else None
            return bool(last and last.is_proposal and last.arrived_at)

        await until(proposed)
    await pass_time(stack, chat, seconds=4)

    await stack.phone.says("imessage", owner, "Yes.")

    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == NEW_TEXT
