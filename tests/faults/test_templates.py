"""WhatsApp messages with buttons: within the window, outside, and while the gateway cannot tell."""

from collections.abc import AsyncIterator
from typing import Unpack
from urllib.parse import parse_qs

import pytest

from tests.harness.core import CandidateBody, Changes
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack, running_stack
from tools.dev import CONTENT_SIDS

LONG = "word " * 600


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("templates")
    async with running_stack(folder, PHOTON_TO="", **CONTENT_SIDS) as stack:
        yield stack


@pytest.fixture
async def closed(own_stack: Stack, owner: Owner) -> AsyncIterator[Stack]:
    """Yields a gateway whose owner last wrote more than 24 hours ago."""
    await own_stack.phone.close_window(owner)
    yield own_stack
    await own_stack.phone.heal()


async def asks(stack: Stack, owner: Owner, **changes: Unpack[Changes]) -> CandidateBody:
    """Posts a candidate for WhatsApp only."""
    changes["owner_imessage"] = None
    return await stack.core.accepted(owner, **changes)


async def is_heard(stack: Stack, owner: Owner) -> None:
    """Has the owner asked and write, so that the gateway knows that the window is open."""
    candidate = await asks(stack, owner, deadline_sec=600)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.phone.says("whatsapp", owner, f"skip {candidate['id']}")
    await stack.phone.until_decided(candidate["id"])


async def sent(stack: Stack, candidate_id: str) -> list[str]:
    """Returns what was sent for a candidate, in order: the content's setting, or `text`."""
    names = {sid: name for name, sid in CONTENT_SIDS.items()}
    forms = [parse_qs(a["body"]) for a in await stack.phone.attempts("twilio.messages", contains=candidate_id)]
    assert all("Body" not in form for form in forms if "ContentSid" in form)
    return [names[form["ContentSid"][0]] if "ContentSid" in form else "text" for form in forms]


async def test_short_prompt_outside_the_window_is_the_template_and_its_buttons_decide(
    closed: Stack, owner: Owner
) -> None:
    for button, decision in (("Approve", "approved"), ("Skip", "rejected")):
        await closed.phone.close_window(owner)
        mine = Owner() if button == "Skip" else owner
        candidate = await asks(closed, mine)
        prompt = await closed.phone.until_prompted("whatsapp", candidate["id"])

        tapped = await closed.phone.taps(prompt, button)

        assert tapped.statuses == [200]
        assert (await closed.phone.until_decided(candidate["id"]))["decision"] == decision
        await closed.run_of(candidate["id"]).result()
        assert await sent(closed, candidate["id"]) == ["TWILIO_CONTENT_SID"]


async def test_long_prompt_outside_the_window_is_cut_until_read_all_is_tapped(closed: Stack, owner: Owner) -> None:
    candidate = await asks(closed, owner, proposed_text=LONG)
    cut = await closed.phone.until_prompted("whatsapp", candidate["id"])
    assert "more characters)" in cut["text"]
    assert await closed.phone.texts("whatsapp", owner) == [cut["text"]]

    await closed.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await closed.phone.until_message("whatsapp", owner, "(3/3)")
    buttons = await closed.phone.until_message("whatsapp", owner, "as it is?")
    assert (await closed.core.candidate(candidate["id"]))["decision"] is None

    await closed.phone.taps(buttons, "Approve")

    assert (await closed.phone.until_decided(candidate["id"]))["final_text"] == LONG
    contents = await sent(closed, candidate["id"])
    assert (contents[0], contents[-1]) == ("TWILIO_CUT_CONTENT_SID", "TWILIO_BUTTONS_CONTENT_SID")


async def test_read_all_brings_the_whole_prompt(closed: Stack, owner: Owner) -> None:
    candidate = await asks(closed, owner, proposed_text=LONG)
    cut = await closed.phone.until_prompted("whatsapp", candidate["id"])

    await closed.phone.taps(cut, "Read all")
    await closed.phone.until_message("whatsapp", owner, "(3/3)")
    await closed.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    assert (await closed.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_short_prompt_within_the_window_is_one_message_with_buttons(own_stack: Stack, owner: Owner) -> None:
    await is_heard(own_stack, owner)
    candidate = await asks(own_stack, owner, proposed_text="We hear you.")
    prompt = await own_stack.phone.until_prompted("whatsapp", candidate["id"])

    await own_stack.phone.taps(prompt, "Approve")

    assert (await own_stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    assert await sent(own_stack, candidate["id"]) == ["TWILIO_SESSION_CONTENT_SID"]


async def test_prompt_of_text_within_the_window_is_followed_by_buttons(own_stack: Stack, owner: Owner) -> None:
    await is_heard(own_stack, owner)
    candidate = await asks(own_stack, owner, proposed_text="We hear you.\nA fix is on its way.")
    buttons = await own_stack.phone.until_message("whatsapp", owner, "as it is?")

    await own_stack.phone.taps(buttons, "Approve")

    assert (await own_stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    await own_stack.run_of(candidate["id"]).result()
    assert await sent(own_stack, candidate["id"]) == ["text", "TWILIO_BUTTONS_CONTENT_SID"]


async def test_words_that_quote_the_buttons_are_about_their_draft(own_stack: Stack, owner: Owner) -> None:
    await is_heard(own_stack, owner)
    candidate = await asks(own_stack, owner, proposed_text="We hear you.\nA fix is on its way.")
    buttons = await own_stack.phone.until_message("whatsapp", owner, "as it is?")
    other = await asks(own_stack, owner, proposed_text="Thank you.")

    async def is_taken() -> bool:
        """Returns whether the words counted; the buttons' id is stored after they arrive."""
        said = await own_stack.phone.says("whatsapp", owner, "edit: It is out today.", quoted=buttons["id"])
        return said.words[0].startswith("Got it: post this instead of")

    await until(is_taken)

    assert (await own_stack.phone.until_decided(candidate["id"]))["final_text"] == "It is out today."
    assert (await own_stack.core.candidate(other["id"]))["decision"] is None


async def test_prompt_that_whatsapp_refuses_although_the_window_seemed_open_is_replaced_by_the_template(
    own_stack: Stack, owner: Owner
) -> None:
    await is_heard(own_stack, owner)
    await own_stack.phone.close_window(owner)
    candidate = await asks(own_stack, owner, proposed_text="We hear you.\nA fix is on its way.")
    prompt = await own_stack.phone.until_prompted("whatsapp", candidate["id"])

    await own_stack.phone.taps(prompt, "Approve")

    assert (await own_stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    assert (await sent(own_stack, candidate["id"]))[0] == "text"
    assert "TWILIO_CONTENT_SID" in await sent(own_stack, candidate["id"])


async def test_template_that_is_not_delivered_either_ends_the_candidate(closed: Stack, owner: Owner) -> None:
    await closed.phone.statuses({"status": "undelivered", "error_code": 63016})
    candidate = await asks(closed, owner, proposed_text=LONG)

    decided = await closed.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")


async def test_template_that_might_not_have_arrived_is_repeated_and_marked(closed: Stack, owner: Owner) -> None:
    await closed.phone.fault("twilio.messages", match=owner.whatsapp.removeprefix("whatsapp:+"), times=1, drop=True)
    candidate = await asks(closed, owner, deadline_sec=10)

    prompt = await closed.phone.until_prompted("whatsapp", candidate["id"])

    assert "(repeated, in case the first did not arrive)" in prompt["text"]
    assert await sent(closed, candidate["id"]) == ["TWILIO_CONTENT_SID"] * 2


@pytest.mark.parametrize("length", [1, 200, 590])
async def test_owner_who_answers_by_itself_taps_reads_all_and_decides(closed: Stack, owner: Owner, length: int) -> None:
    for instruction, decision in (("approve after 0s", "approved"), ("edit: Better", "edited"), ("skip", "rejected")):
        await closed.phone.close_window(owner)
        draft = f"[simulate: {instruction}] *Hello*, *you* {'word ' * length}"[:2990].strip()
        candidate = await asks(closed, owner, proposed_text=draft)

        decided = await closed.phone.until_decided(candidate["id"])

        text = {"approved": draft, "edited": "Better", "rejected": None}[decision]
        assert (decided["decision"], decided["final_text"], decided["decider"]) == (decision, text, owner.whatsapp)
