"""WhatsApp's approved template: for every prompt that fits, and once for one that WhatsApp would not deliver."""

import json
from collections.abc import AsyncIterator
from typing import Unpack
from urllib.parse import parse_qs

import pytest

from domain.candidate import Candidate
from domain.conversation.template import excerpt_variables
from tests.harness.core import CandidateBody, Changes
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.stack import CONTENT_SID, Stack, running_stack

LONG = "word " * 600


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("templates")
    async with running_stack(folder, TWILIO_CONTENT_SID=CONTENT_SID, PHOTON_TO="") as stack:
        yield stack


@pytest.fixture
async def closed(own_stack: Stack, owner: Owner) -> AsyncIterator[Stack]:
    """A gateway whose owner last wrote more than 24 hours ago."""
    await own_stack.phone.close_window(owner)
    yield own_stack
    await own_stack.phone.heal()


async def asks(stack: Stack, owner: Owner, **changes: Unpack[Changes]) -> CandidateBody:
    """Ask on WhatsApp alone."""
    changes["owner_imessage"] = None
    return await stack.core.accepted(owner, **changes)


async def variables_sent(stack: Stack, candidate_id: str) -> list[tuple[str, ...]]:
    """Give the variables of every template that was sent for a candidate."""
    forms = [parse_qs(a["body"]) for a in await stack.phone.attempts("twilio.messages", contains=candidate_id)]
    filled = [json.loads(form["ContentVariables"][0]) for form in forms if "ContentSid" in form]
    assert all("Body" not in form for form in forms if "ContentSid" in form)
    return [tuple(variables[str(number)] for number in range(1, 6)) for variables in filled]


async def test_prompt_that_fits_is_a_template_from_the_start_and_its_buttons_decide(
    closed: Stack, owner: Owner
) -> None:
    for button, decision in (("Approve", "approved"), ("Skip", "rejected")):
        candidate = await asks(closed, owner, id=f"_{owner.number}_{button}".rjust(128, "x"))
        prompt = await closed.phone.until_prompted("whatsapp", candidate["id"])
        assert candidate["proposed_text"] in prompt["text"]

        tapped = await closed.phone.taps(prompt, button)

        assert tapped.statuses == [200]
        assert (await closed.phone.until_decided(candidate["id"]))["decision"] == decision
        await closed.run_of(candidate["id"]).result()
        assert len(await variables_sent(closed, candidate["id"])) == 1
        assert await signals(closed.run_of(candidate["id"])) == ["reply"]


async def test_long_prompt_outside_the_window_leads_to_one_template_that_says_what_is_cut(
    closed: Stack, owner: Owner
) -> None:
    candidate = await asks(closed, owner, proposed_text=LONG)

    prompt = await closed.phone.until_prompted("whatsapp", candidate["id"])
    described = await closed.run_of(candidate["id"]).describe()
    expected = excerpt_variables(await described.memo_value("candidate", type_hint=Candidate))
    assert await variables_sent(closed, candidate["id"]) == [expected]
    assert "more characters)" in prompt["text"]
    assert await closed.phone.texts("whatsapp", owner) == [prompt["text"]]

    await closed.phone.says("whatsapp", owner, f"edit {candidate['id']}: Mine")

    assert (await closed.phone.until_decided(candidate["id"]))["final_text"] == "Mine"
    await closed.run_of(candidate["id"]).result()
    assert len(await variables_sent(closed, candidate["id"])) == 1


async def test_long_prompt_within_the_window_goes_out_whole_and_without_a_template(
    own_stack: Stack, owner: Owner
) -> None:
    candidate = await asks(own_stack, owner, proposed_text=LONG)

    await own_stack.phone.until_message("whatsapp", owner, f"edit {candidate['id']}: your text")

    assert [text[:5] for text in await own_stack.phone.texts("whatsapp", owner)] == [f"({n}/4)" for n in range(1, 5)]
    assert await variables_sent(own_stack, candidate["id"]) == []


async def test_template_that_is_not_delivered_either_ends_the_candidate(closed: Stack, owner: Owner) -> None:
    await closed.phone.statuses({"status": "undelivered", "error_code": 63016})
    candidate = await asks(closed, owner, proposed_text=LONG)

    decided = await closed.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")
    assert len(await variables_sent(closed, candidate["id"])) == 1


async def test_template_that_may_not_have_arrived_is_repeated_and_marked(closed: Stack, owner: Owner) -> None:
    await closed.phone.fault("twilio.messages", match=owner.whatsapp.removeprefix("whatsapp:+"), times=1, drop=True)
    candidate = await asks(closed, owner, deadline_sec=10)

    await closed.phone.until_prompted("whatsapp", candidate["id"])

    first, repeated = await variables_sent(closed, candidate["id"])
    assert repeated == (f"{first[0]} (repeated, in case the first did not arrive)", *first[1:])
