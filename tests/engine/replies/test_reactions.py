"""Tapbacks that arrive as text: a thumb decides if its quotation names one open prompt."""

import pytest

from domain.channels import Channel
from domain.writing.naming import title
from engine.replies.reactions import is_prompt
from tests.domain.examples import candidate as posted
from tests.harness.asking import answer_to, asked, skipped
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import Stack


def _quoted(candidate: CandidateBody) -> str:
    return f"{candidate['brand_id']} on X · {number(candidate)}\n│ Dra…"


@pytest.mark.parametrize(
    ("form", "decision"),
    [("Disliked “{}”", "rejected"), ("Reacted 👍🏽 to “{}”", "approved")],
)
async def test_thumb_decides_the_prompt_that_it_quotes_even_if_others_are_open(
    stack: Stack, owner: Owner, form: str, decision: str
) -> None:
    candidate, other = [await asked(stack, "imessage", owner) for _ in range(2)]

    await stack.phone.says("imessage", owner, form.format(_quoted(candidate)))

    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == decision
    assert await skipped(stack, "imessage", owner, other)


@pytest.mark.parametrize("below", ["", "\n│ Draft"])
async def test_thumb_under_a_bare_draft_decides_nothing(stack: Stack, owner: Owner, below: str) -> None:
    named = await asked(stack, "imessage", owner)
    text = f"{named['brand_id']} on X · {number(named)}{below}"
    forged = await asked(stack, "imessage", owner, proposed_text=text)

    await answer_to(stack, "imessage", owner, f"Liked “{text}”", "Nothing was decided")

    for candidate in (named, forged):
        assert await skipped(stack, "imessage", owner, candidate)


def test_thumb_needs_the_line_below_the_title_if_more_is_quoted() -> None:
    candidate = posted(proposed_text="We hear you.\nA fix is on its way.", rules=2)
    name = title(candidate)

    assert is_prompt(name, candidate, Channel.IMESSAGE)
    assert is_prompt(f"{name}\n│ We he…", candidate, Channel.IMESSAGE)
    assert not is_prompt(f"{name}\nAnything else", candidate, Channel.IMESSAGE)
    assert not is_prompt(f"{name}\nWe hear you.", candidate, Channel.IMESSAGE)


@pytest.mark.parametrize("form", ["Removed a like from “{}”", "Gostou de “{}”"])
async def test_other_reaction_learns_that_it_decides_nothing_and_what_would(
    stack: Stack, owner: Owner, form: str
) -> None:
    candidate, other = [await asked(stack, "imessage", owner) for _ in range(2)]

    words = await answer_to(stack, "imessage", owner, form.format(_quoted(candidate)), "Nothing was decided")

    n = number(candidate)
    assert words.splitlines() == [
        f"Nothing was decided on {label(candidate)}: of reactions, only 👍 and 👎 count.",
        f"yes {n} · no {n} · more {n}",
    ]
    assert await skipped(stack, "imessage", owner, other)
    assert await skipped(stack, "imessage", owner, candidate)


async def test_question_mark_learns_the_state_of_its_draft(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    words = await answer_to(stack, "imessage", owner, f"Reacted ❓ to “{_quoted(candidate)}”", "Nothing was decided")

    assert words.startswith(f"Nothing was decided. {label(candidate)} is open until ")
    assert words.endswith(f"yes {number(candidate)} · no {number(candidate)} · more {number(candidate)}")
    assert await skipped(stack, "imessage", owner, candidate)


@pytest.mark.parametrize("form", ["Liked “{}”", "Questioned “{}”"])
async def test_reaction_to_a_decided_draft_learns_how_it_ended(stack: Stack, owner: Owner, form: str) -> None:
    candidate = await asked(stack, "imessage", owner)
    assert await skipped(stack, "imessage", owner, candidate)
    await stack.phone.until_message("imessage", owner, f"Skipped: {label(candidate)}")

    words = await answer_to(stack, "imessage", owner, form.format(_quoted(candidate)), "Your message changes nothing")

    assert words == f"{label(candidate)}: already skipped on iMessage. Your message changes nothing."


async def test_thumb_under_a_line_without_the_number_decides_nothing(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    await answer_to(stack, "imessage", owner, f"Liked “{candidate['brand_id']} on X…”", "Nothing was decided")

    assert await skipped(stack, "imessage", owner, candidate)
