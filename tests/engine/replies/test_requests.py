"""Owners can ask for things, and get answers that decide nothing."""

import pytest

from domain.candidate import Approver
from domain.conversation.chat_memory import Brake
from engine.chats.targets import awaits_text_for
from tests.harness.asking import answer_to, asked, skipped
from tests.harness.chats import chat_of, memories, pass_time, until_read, until_whole
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

_LETTERS = str.maketrans("0123456789", "abcdefghij")


async def test_edit_without_a_text_is_explained_and_gets_the_draft_to_copy(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, proposed_text="A *bold* draft\nof two lines")

    (messages,) = (await stack.phone.says("whatsapp", owner, "edit")).messages
    await stack.phone.says("whatsapp", owner, f"edit {number(candidate)}: {messages[1]}, changed")

    assert messages[0].startswith(f"To change {number(candidate)}")
    assert messages[1].replace("\u034f", "") == "A *bold* draft\nof two lines"
    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == "A *bold* draft\nof two lines, changed"


async def test_draft_on_imessage_follows_as_a_separate_message(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    await answer_to(stack, "imessage", owner, "edit", f"To change {label(candidate)}")

    async def draft() -> bool:
        return candidate["proposed_text"] in await stack.phone.texts("imessage", owner)

    await until(draft)
    assert await skipped(stack, "imessage", owner, candidate)


@pytest.mark.parametrize(
    "text", ["A draft, changed", "Great point! A draft, changed.", "Fix is coming: a draft, changed"]
)
async def test_changed_draft_without_edit_leads_to_a_question(stack: Stack, owner: Owner, text: str) -> None:
    candidate, other = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    for each in (candidate, other):
        await until_whole(stack, "whatsapp", owner, each)
    await stack.phone.says("whatsapp", owner, f"edit {number(candidate)}")

    (words,) = (await stack.phone.says("whatsapp", owner, text)).words
    await pass_time(stack, chat_of("whatsapp", owner), seconds=4)
    await stack.phone.says("whatsapp", owner, "yes")

    assert words == f"Post this instead of {label(candidate)}?\n│ {text}\nyes or no"
    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == text


async def test_known_word_after_edit_is_not_a_text(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    for text in ("help", "list", "make it shorter", "thanks"):
        await stack.phone.says("whatsapp", owner, "edit")
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert "Post this instead" not in words, text

    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_changed_draft_on_imessage_leads_to_a_question(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await stack.phone.says("imessage", owner, "edit")

    async def told() -> bool:
        async with memories(stack) as chats:
            recalled = await chats.recall([chat_of("imessage", owner)])
        return awaits_text_for(recalled) == candidate["id"]

    await until(told)
    await answer_to(stack, "imessage", owner, "A draft, changed", f"Post this instead of {label(candidate)}?")
    assert await skipped(stack, "imessage", owner, candidate)


async def test_tap_on_edit_names_an_id_that_looks_like_a_word(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, id=f"candidate-{owner.whatsapp[-1]}-word".translate(_LETTERS))

    (messages,) = (await stack.phone.says("whatsapp", owner, "Edit", button_payload=f"edit {candidate['id']}")).messages

    assert messages[0].startswith(f"To change {label(candidate)}")


@pytest.mark.parametrize(
    ("channel", "draft", "is_sent"),
    [("whatsapp", "Yes!", True), ("imessage", "Yes!", False), ("imessage", "Yes, we do!", True)],
)
async def test_draft_follows_unless_it_would_decide_if_it_came_back(
    stack: Stack, owner: Owner, channel: str, draft: str, *, is_sent: bool
) -> None:
    candidate = await asked(stack, channel, owner, proposed_text=draft)

    answer = await answer_to(stack, channel, owner, "edit", f"To change {label(candidate)}")

    assert ("copy the next message" in answer) is is_sent
    if is_sent:
        await until(lambda: stack.phone.texts(channel, owner), lambda texts: draft in texts)
    assert await skipped(stack, channel, owner, candidate)


async def test_acknowledgement_after_the_last_decision_learns_how_it_ended(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await stack.phone.says("whatsapp", owner, f"no {number(candidate)}")
    at_once = await stack.phone.says("whatsapp", owner, "ok")
    await stack.phone.until_decided(candidate["id"])

    said = [await stack.phone.says("whatsapp", owner, text) for text in ("ok", "great")]

    assert {words for each in said for words in each.words} == {
        f"{label(candidate)}: skipped on WhatsApp. No answer is needed."
    }
    assert at_once.words[0].endswith(" No answer is needed.")


async def test_new_text_that_equals_the_draft_approves_it(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    await stack.phone.says("whatsapp", owner, f"edit {number(candidate)}: │ {candidate['proposed_text']}")

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_new_text_over_the_platforms_limit_is_refused_with_the_number_over(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, platform="x")

    (words,) = (await stack.phone.says("whatsapp", owner, f"edit {number(candidate)}: {'x' * 287}")).words

    assert words.startswith("Nothing was decided")
    assert "7 characters too long" in words
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_note_to_the_agent_is_quoted(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    (words,) = (await stack.phone.says("whatsapp", owner, f"redo {number(candidate)}: shorter, no emoji")).words

    assert words == f"Got it: skip {label(candidate)}\nFor the agent: “shorter, no emoji”"
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "rejected"


async def test_note_that_is_too_long_is_refused(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    (words,) = (await stack.phone.says("whatsapp", owner, f"redo {number(candidate)}: {'x' * 501}")).words

    assert words.startswith("Nothing was decided")
    assert "1 character over the limit of 500" in words
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None


async def test_thanks_get_no_answer_and_have_no_effect(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, candidate)

    said = [await stack.phone.says("whatsapp", owner, "Thank you!") for _ in range(Brake.QUESTIONS.most + 1)]
    decided = await stack.phone.says("whatsapp", owner, "yes")

    assert {words for each in said for words in each.words} == {""}
    assert decided.words == [f"Got it: post {label(candidate)}"]


async def test_thumb_decides_only_after_the_prompt_itself(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    await stack.phone.says("whatsapp", owner, "list")
    await until_whole(stack, "whatsapp", owner, candidate)

    (asked_back,) = (await stack.phone.says("whatsapp", owner, "👍")).words
    (again,) = (await stack.phone.says("whatsapp", owner, "👍")).words

    assert asked_back == again
    assert asked_back.startswith(f"This one? {label(candidate)}")
    assert await skipped(stack, "whatsapp", owner, candidate)


@pytest.mark.parametrize("text", ["undo", "sorry, I meant yes"])
async def test_undo_learns_that_the_verdict_is_final(stack: Stack, owner: Owner, text: str) -> None:
    await asked(stack, "whatsapp", owner)
    candidate = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, candidate)

    (words,) = (await stack.phone.says("whatsapp", owner, text)).words

    assert words == f"{label(candidate)} was skipped on WhatsApp, and that stands."


async def test_question_about_a_number_learns_the_state_of_that_draft(stack: Stack, owner: Owner) -> None:
    candidate, other = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    await until_whole(stack, "whatsapp", owner, candidate)
    n = number(candidate)

    (open_,) = (await stack.phone.says("whatsapp", owner, f"what about {n}?")).words
    assert await skipped(stack, "whatsapp", owner, candidate)
    (over,) = (await stack.phone.says("whatsapp", owner, f"what happened to {n}")).words

    assert open_.startswith(f"Nothing was decided. {label(candidate)} is open until ")
    assert open_.endswith(f"yes {n} · no {n} · more {n}")
    assert over == f"{label(candidate)}: skipped on WhatsApp."
    assert await skipped(stack, "whatsapp", owner, other)


@pytest.mark.parametrize("text", ["wait", "hold on", "undo"])
async def test_regret_after_a_newer_prompt_names_that_too_and_decides_nothing(
    stack: Stack, owner: Owner, text: str
) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, candidate)
    newer = await asked(stack, "whatsapp", owner)
    await until_whole(stack, "whatsapp", owner, newer)

    (words,) = (await stack.phone.says("whatsapp", owner, text)).words
    await pass_time(stack, chat_of("whatsapp", owner), seconds=6)
    (asked_back,) = (await stack.phone.says("whatsapp", owner, "yes")).words

    assert words == (
        f"{label(candidate)} was skipped on WhatsApp, and that stands.\n"
        f"{label(newer)} is open: yes {number(newer)} · no {number(newer)}"
    )
    assert asked_back.startswith(f"This one? {label(newer)}"), "a yes might be about either"
    assert await skipped(stack, "whatsapp", owner, newer)


async def test_late_word_learns_how_the_draft_ended_without_help(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, candidate)

    (words,) = (await stack.phone.says("whatsapp", owner, "yes")).words

    assert words == f"{label(candidate)}: skipped on WhatsApp. Your message changes nothing."


async def test_window_is_open_after_an_owners_message_and_unknown_before(stack: Stack, owner: Owner) -> None:
    chat = Approver.read(chat_of("whatsapp", owner).channel, owner.whatsapp)
    await asked(stack, "whatsapp", owner)
    async with memories(stack) as chats:
        assert await chats.is_window_open(chat) is None

        await stack.phone.says("whatsapp", owner, "thanks")

        assert await chats.is_window_open(chat) is True
        await pass_time(stack, chat, seconds=23 * 3600 + 51 * 60)
        assert await chats.is_window_open(chat) is False
