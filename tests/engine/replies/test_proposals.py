"""Texts without a clear `edit:` lead to a question, and only a bare yes posts them."""

import pytest

from domain.conversation import bare_word_rule
from domain.decision import Outcome
from tests.harness.asking import answer_to, asked, skipped
from tests.harness.chats import chat_of, memories, pass_time, until_read
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

NEW_TEXT = "We are on it, and will tell you more today."


async def _proposed(stack: Stack, owner: Owner) -> CandidateBody:
    """Answers a prompt with a text; returns its candidate after time to read the question."""
    candidate = await asked(stack, "whatsapp", owner)
    await _propose(stack, owner, candidate)
    return candidate


async def _propose(stack: Stack, owner: Owner, candidate: CandidateBody) -> None:
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    (words,) = (await stack.phone.says("whatsapp", owner, NEW_TEXT, quoted=prompt["id"])).words
    assert words == f"Post this instead of {label(candidate)}?\n│ {NEW_TEXT}\nyes or no"
    await pass_time(stack, chat_of("whatsapp", owner), seconds=4)


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


async def test_no_with_a_note_might_mean_text_or_draft_and_leads_to_a_question(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)

    (words,) = (await stack.phone.says("whatsapp", owner, "no: too salesy")).words

    assert words.startswith(f"Nothing was decided.\nPost this instead of {label(candidate)}?")
    assert await skipped(stack, "whatsapp", owner, candidate)


@pytest.mark.parametrize("text", ["yes {number}", "approve {number}"])
async def test_number_means_the_draft(stack: Stack, owner: Owner, text: str) -> None:
    candidate = await _proposed(stack, owner)

    await stack.phone.says("whatsapp", owner, text.format(number=number(candidate)))

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("approved", candidate["proposed_text"])


@pytest.mark.parametrize("text", ["approve", "👍"])
async def test_every_bare_yes_means_the_text(stack: Stack, owner: Owner, text: str) -> None:
    candidate = await _proposed(stack, owner)

    await stack.phone.says("whatsapp", owner, text)

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("edited", NEW_TEXT)


async def test_every_bare_no_drops_the_text(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    for text in ("skip", "👎"):
        await _propose(stack, owner, candidate)
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert words.startswith(f"Dropped. {label(candidate)} is open"), text

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_means_the_text_after_a_message_that_does_not_settle_it(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)
    question = f"Post this instead of {label(candidate)}?\n│ {NEW_TEXT}\nyes or no"

    for text in ("ok", "list", "thanks", "yes, but shorter", "hm", "redo: shorter", "yes 9999"):
        said = await stack.phone.says("whatsapp", owner, text)
        assert said.words == [""] or said.words[0].endswith(question), text
        await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
        (dropped,) = (await stack.phone.says("whatsapp", owner, "no")).words
        assert dropped.startswith(f"Dropped. {label(candidate)} is open"), text
        await pass_time(stack, chat_of("whatsapp", owner), seconds=600)  # otherwise the brake on robots would end it
        await _propose(stack, owner, candidate)
    await stack.phone.says("whatsapp", owner, "yes")

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["final_text"]) == ("edited", NEW_TEXT)


async def test_text_is_dropped_after_a_message_about_the_draft_or_with_another_text(stack: Stack) -> None:
    for text in ("edit", "more", "edit: {long}", "edit {number}: {long}"):
        owner = Owner()
        candidate = await _proposed(stack, owner)
        written = text.format(number=number(candidate), long="word " * 100)
        said = await stack.phone.says("whatsapp", owner, written)
        await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
        assert "\nYour text is not taken." in said.words[0], text
        async with memories(stack) as chats:
            recalled = await chats.recall([chat_of("whatsapp", owner)])
        assert recalled
        assert text == "more" or bare_word_rule.meant(recalled, Outcome.APPROVED, recalled.now) is None, text
        assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_after_a_new_text_was_refused_decides_nothing(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)
    (refused,) = (await stack.phone.says("whatsapp", owner, f"edit {number(candidate)}: {'word ' * 100}")).words
    await pass_time(stack, chat_of("whatsapp", owner), seconds=6)

    (words,) = (await stack.phone.says("whatsapp", owner, "yes")).words

    assert "too long" in refused
    assert words.startswith(f"This one? {label(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_tapback_under_the_question_leaves_it_open(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed_on_imessage(stack, owner)

    await answer_to(
        stack, "imessage", owner, f"Liked “Post this instead of {label(candidate)}?”", "Nothing was decided.\nPost this"
    )
    await _until_proposed(stack, owner)
    await stack.phone.says("imessage", owner, "Yes.")

    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == NEW_TEXT


async def test_emoji_or_short_question_under_a_prompt_is_not_a_new_text(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])

    for text in ("❤️", "what does this mean?"):
        (words,) = (await stack.phone.says("whatsapp", owner, text, quoted=prompt["id"])).words
        assert words.startswith("Nothing was decided: that was not understood."), text

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_after_a_quarter_of_an_hour_posts_no_text(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed(stack, owner)
    await pass_time(stack, chat_of("whatsapp", owner), seconds=15 * 60)

    (words,) = (await stack.phone.says("whatsapp", owner, "yes")).words

    assert words.startswith(f"This one? {label(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_yes_typed_as_the_question_arrives_repeats_the_question(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    first = await stack.phone.says("whatsapp", owner, f"change it to something like {NEW_TEXT}")
    second = await stack.phone.says("whatsapp", owner, "yes")

    assert first.words[0].startswith("Post this instead of")
    assert second.words == [f"Nothing was decided.\n{first.words[0]}"]
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_unclear_edit_on_imessage_leads_to_a_question_and_yes_posts_it(stack: Stack, owner: Owner) -> None:
    candidate = await _proposed_on_imessage(stack, owner)

    await stack.phone.says("imessage", owner, "Yes.")

    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == NEW_TEXT


async def _proposed_on_imessage(stack: Stack, owner: Owner) -> CandidateBody:
    candidate = await asked(stack, "imessage", owner)
    await stack.phone.says("imessage", owner, f"edit {NEW_TEXT}")
    await stack.phone.until_message("imessage", owner, "Post this instead of")
    await _until_proposed(stack, owner)
    return candidate


async def _until_proposed(stack: Stack, owner: Owner) -> None:
    """Waits until our last message is the question and the owner has had time to read it."""
    chat = chat_of("imessage", owner)
    async with memories(stack) as chats:

        async def proposed() -> bool:
            last = recalled.last if (recalled := await chats.recall([chat])) else None
            return bool(last and last.is_proposal and last.arrived_at)

        await until(proposed)
    await pass_time(stack, chat, seconds=4)
