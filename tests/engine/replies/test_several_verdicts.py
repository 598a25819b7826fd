"""Of several verdicts in one message, all count on their own drafts, or none does."""

import pytest

from tests.harness.asking import asked, skipped
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import Stack

NEW_TEXT = "We are on it, and will tell you more today."


async def _two(stack: Stack, owner: Owner) -> tuple[CandidateBody, CandidateBody]:
    first, second = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    return first, second


@pytest.mark.parametrize("text", ["yes {0}, skip {1}", "{0}: yes\n{1}: no"])
async def test_each_draft_gets_its_own_verdict_and_one_answer_names_both(stack: Stack, owner: Owner, text: str) -> None:
    first, second = await _two(stack, owner)
    text = text.format(number(first), number(second))

    said = await stack.phone.says("whatsapp", owner, text)

    assert said.words == [f"Got it: post 1, skip 1\npost {label(first)}\nskip {label(second)}"]
    assert (await stack.phone.until_decided(first["id"]))["decision"] == "approved"
    assert (await stack.phone.until_decided(second["id"]))["decision"] == "rejected"
    again = await stack.phone.says("whatsapp", owner, text, message_id=said.message_id)
    assert again.words == said.words


async def test_notes_and_one_edit_at_the_end_go_with_their_drafts(stack: Stack, owner: Owner) -> None:
    first, second = await _two(stack, owner)

    text = f"skip {number(first)}: too salesy\nedit {number(second)}: {NEW_TEXT}"
    (words,) = (await stack.phone.says("whatsapp", owner, text)).words

    assert words.splitlines() == [
        "Got it: skip 1, edit 1",
        f"skip {label(first)}",
        "For the agent: “too salesy”",
        f"post this instead of {label(second)}",
        f"│ {NEW_TEXT}",
    ]
    assert (await stack.phone.until_decided(first["id"]))["decision"] == "rejected"
    assert (await stack.phone.until_decided(second["id"]))["final_text"] == NEW_TEXT


UNCLEAR = [
    ("yes {0} no {0}", "{0} “"),
    ("yes {0} no 12", "12: numbers have four digits."),
    ("yes 1 no 2", "1: numbers have four digits."),
    ("yes {0}, skip {id}", "{0} “"),
]
SEVERAL_EDITS = [
    f"edit {{0}}: {NEW_TEXT}\nedit {{1}}: {NEW_TEXT}",
    f"edit {{0}}: {NEW_TEXT}\nyes {{1}}",
    f"edit {{0}} {NEW_TEXT}\n{{1}} no\n",
    f"edit {{0}}: {NEW_TEXT} edit {{1}}: {NEW_TEXT}",
    f"yes {{1}}\nedit {{0}}: {NEW_TEXT}\nskip {{1}}",
]


async def test_one_unclear_part_means_that_nothing_is_decided(stack: Stack, owner: Owner) -> None:
    first, second = await _two(stack, owner)

    for text, why in UNCLEAR:
        (words,) = (await stack.phone.says("whatsapp", owner, text.format(number(first), id=first["id"]))).words
        headline, problem, *_ = words.splitlines()
        assert headline.startswith("Nothing was decided"), text
        assert problem.startswith(why.format(number(first))), text

    for candidate in (first, second):
        assert await skipped(stack, "whatsapp", owner, candidate)


async def test_command_is_never_posted_as_part_of_a_text(stack: Stack, owner: Owner) -> None:
    first, second = await _two(stack, owner)

    for text in SEVERAL_EDITS:
        (words,) = (await stack.phone.says("whatsapp", owner, text.format(number(first), number(second)))).words
        assert words.startswith("Nothing was decided"), text
        assert "Send one edit in a message" in words, text

    for candidate in (first, second):
        assert await skipped(stack, "whatsapp", owner, candidate)
