"""What only WhatsApp can do: quote, tap a button, send media; and the TwiML in the response."""

import asyncio
from typing import Any

import pytest

from tests.harness.asking import asked, asked_everywhere, skipped
from tests.harness.core import CandidateBody
from tests.harness.naming import label, number
from tests.harness.phone import Owner
from tests.harness.stack import Stack

_HOSTILE = "<Message>&amp;</Response> ]]> \x00\x07\x1b\ufffe\u202e\u2028approve cr_other\ntail \N{GRINNING FACE}"


async def test_quoting_a_prompt_names_its_candidate_even_if_others_are_open(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "whatsapp", owner)
    second = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", first["id"])

    said = await stack.phone.says("whatsapp", owner, "edit: My own", quoted=prompt["id"])

    assert said.words == [f"Got it: post this instead of {label(first)}\n│ My own"]
    assert (await stack.phone.until_decided(first["id"]))["final_text"] == "My own"
    assert await skipped(stack, "whatsapp", owner, second)


async def test_every_part_of_a_long_prompt_can_be_quoted(stack: Stack, owner: Owner) -> None:
    long = await asked(stack, "whatsapp", owner, proposed_text="word " * 500)
    last = await stack.phone.until_prompted("whatsapp", long["id"])
    await asked(stack, "whatsapp", owner)
    parts = [m for m in await stack.phone.messages("whatsapp", owner) if number(long) in m["text"].split("\n")[0]]

    middle = await stack.phone.says("whatsapp", owner, "yes, but shorter", quoted=parts[1]["id"])
    first = await stack.phone.says("whatsapp", owner, "ok", quoted=parts[0]["id"])

    assert parts[-1]["id"] == last["id"]
    assert middle.words[0].startswith("Nothing was decided")
    assert first.words[0].startswith(f"Got it: post {number(long)}")


async def test_naming_another_draft_than_the_quoted_one_decides_neither(stack: Stack, owner: Owner) -> None:
    quoted, named, other = [await asked(stack, "whatsapp", owner) for _ in range(3)]
    prompt = await stack.phone.until_prompted("whatsapp", quoted["id"])

    for words in (f"approve {named['id']}", f"yes {number(named)}", f"yes {number(named)} {number(other)}"):
        said = await stack.phone.says("whatsapp", owner, words, quoted=prompt["id"], times=2)
        assert said.words[0].startswith(f"Which one? Nothing was decided: you wrote {number(named)}"), words
        assert f"as an answer to {label(quoted)}." in said.words[0], words
        assert said.words[1] == said.words[0], words

    for candidate in (quoted, named, other):
        assert await skipped(stack, "whatsapp", owner, candidate)


async def test_name_of_the_quoted_draft_decides_it(stack: Stack, owner: Owner) -> None:
    quoted, other = [await asked(stack, "whatsapp", owner) for _ in range(2)]
    prompt = await stack.phone.until_prompted("whatsapp", quoted["id"])

    await stack.phone.says("whatsapp", owner, f"yes {number(quoted)}", quoted=prompt["id"])

    assert (await stack.phone.until_decided(quoted["id"]))["decision"] == "approved"
    assert await skipped(stack, "whatsapp", owner, other)


async def test_quoting_something_else_is_answered_with_help_and_decides_nothing(stack: Stack, owner: Owner) -> None:
    decided = await asked_everywhere(stack, "whatsapp", owner)
    still_open = await asked_everywhere(stack, "whatsapp", owner)
    await stack.phone.says("imessage", owner, f"approve {decided['id']}")
    receipt = await stack.phone.until_message("whatsapp", owner, f"Approved on iMessage: {label(decided)}")

    for quoted in (receipt["id"], "SM00000000000000000000000000000000"):
        said = await stack.phone.says("whatsapp", owner, "approve", quoted=quoted)
        assert said.words[0].startswith("Nothing was decided")
        assert number(still_open) in said.words[0]

    assert await skipped(stack, "whatsapp", owner, still_open)


async def test_quoting_the_prompt_of_a_decided_draft_says_so_even_if_another_is_open(
    stack: Stack, owner: Owner
) -> None:
    decided = await asked(stack, "whatsapp", owner)
    prompt = await stack.phone.until_prompted("whatsapp", decided["id"])
    still_open = await asked(stack, "whatsapp", owner)
    assert await skipped(stack, "whatsapp", owner, decided)

    said = await stack.phone.says("whatsapp", owner, "approve", quoted=prompt["id"])

    assert said.words == [f"{label(decided)}: already skipped on WhatsApp. Your message changes nothing."]
    assert await skipped(stack, "whatsapp", owner, still_open)


async def test_button_decides_by_its_payload(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "whatsapp", owner)
    second = await asked(stack, "whatsapp", owner)

    for candidate, message_type in ((first, "text"), (second, "button")):
        said = await stack.phone.says(
            *("whatsapp", owner, "Yes!"),
            button_payload=f"approve {candidate['id']}",
            message_type=message_type,
        )
        assert said.words == [f"Got it: post {label(candidate)}"]
        assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


@pytest.mark.parametrize("id_", ["list", None])
async def test_button_means_the_candidate_with_exactly_its_id(stack: Stack, owner: Owner, id_: str | None) -> None:
    other = await asked(stack, "whatsapp", owner)
    candidate = await asked(stack, "whatsapp", owner, id=id_ or number(other))

    said = [
        await stack.phone.says("whatsapp", owner, "Tapped", button_payload=f"{verb} {candidate['id']}")
        for verb in ("edit", "show", "approve")
    ]

    for each, words in zip(said, ("To change", "Here is", "Got it: post"), strict=True):
        assert each.words[0].startswith(f"{words} {label(candidate)}")
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    assert await skipped(stack, "whatsapp", owner, other)


async def test_media_documents_locations_and_contacts_never_decide(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, id="cr_media.pdf")
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    verb = f"approve {candidate['id']}"
    messages: list[tuple[str, dict[str, Any]]] = [
        (verb, {"message_type": "document", "num_media": 1}),
        (verb, {"message_type": "document"}),
        (verb, {"message_type": "image", "num_media": 1}),
        (verb, {"num_media": 1}),
        ("approve", {"message_type": "image", "num_media": 1, "quoted": prompt["id"]}),
        (verb, {"message_type": "location", "extra": {"Latitude": "1.0", "Longitude": "2.0"}}),
        (verb, {"message_type": "contacts"}),
        ("", {"message_type": "sticker", "num_media": 1}),
        ("", {"message_type": "audio", "num_media": 1}),
        (" ", {}),
    ]

    answers = await asyncio.gather(*(stack.phone.says("whatsapp", owner, text, **how) for text, how in messages))

    why = "Nothing was decided: pictures, voice notes and stickers cannot be read here."
    assert all(answer.words[0].startswith(why) for answer in answers)
    assert await skipped(stack, "whatsapp", owner, candidate)


async def test_hostile_text_is_repeated_as_well_formed_xml_and_reaches_core_unchanged(
    stack: Stack, owner: Owner
) -> None:
    candidate = await asked(stack, "whatsapp", owner)

    said = await stack.phone.says("whatsapp", owner, f"edit {candidate['id']}: {_HOSTILE}")

    assert said.responses[0]["content_type"].startswith("text/xml")
    first, *lines = said.words[0].splitlines()
    assert first == f"Got it: post this instead of {label(candidate)}"
    assert [line[:2] for line in lines[:-1]] == ["│ "] * 3
    assert lines[-1] == "5 hidden characters are shown as ⟨U+…⟩."
    assert lines[0].startswith("│ <Message>&amp;</Response> ]]> ")
    final_text = (await stack.phone.until_decided(candidate["id"]))["final_text"]
    assert final_text.splitlines() == _HOSTILE.splitlines()


async def test_edit_too_long_to_repeat_in_one_message_is_repeated_in_several(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, platform="reddit")
    text = "*a* " * 390

    said = await stack.phone.says("whatsapp", owner, f"edit: {text}", quoted=(await _prompt(stack, candidate))["id"])

    messages = said.messages[0]
    assert len(messages) > 1
    assert messages[0].startswith("Got it: post this instead of")
    assert all(len(message) <= 1600 for message in messages)
    assert sum(message.count("a") for message in messages) >= 390
    assert (await stack.phone.until_decided(candidate["id"]))["final_text"] == text.strip()


async def test_text_that_twilio_might_have_cut_is_not_an_edit(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "whatsapp", owner, platform="reddit")

    said = await stack.phone.says("whatsapp", owner, f"edit {candidate['id']}: {'x' * 1600}"[:1599])

    assert "may have been cut off" in said.words[0].splitlines()[0]
    assert await skipped(stack, "whatsapp", owner, candidate)


async def _prompt(stack: Stack, candidate: CandidateBody) -> dict[str, Any]:
    return await stack.phone.until_prompted("whatsapp", candidate["id"])


async def test_draft_that_contains_another_candidates_command_does_not_decide_the_other(
    stack: Stack, owner: Owner
) -> None:
    other = await asked(stack, "whatsapp", owner)
    lure = f"Nice!\u2028Id: {other['id']}\r\napprove {other['id']}"
    luring = await asked(stack, "whatsapp", owner, proposed_text=lure, risk_flags=[f"x\napprove {other['id']}"])
    prompt = await stack.phone.until_prompted("whatsapp", luring["id"])

    await stack.phone.says("whatsapp", owner, "approve", quoted=prompt["id"])

    assert (await stack.phone.until_decided(luring["id"]))["final_text"] == lure
    mentions = [line for line in prompt["text"].splitlines() if other["id"] in line]
    assert all(line.startswith(("│ ", "⚠ x ")) for line in mentions)
    assert await skipped(stack, "whatsapp", owner, other)
