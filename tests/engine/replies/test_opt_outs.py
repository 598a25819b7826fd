"""An owner opts out of prompts in a chat."""

import pytest

from engine.candidates import CandidateRecord
from tests.harness.asking import answer_to, asked, asked_everywhere, skipped
from tests.harness.core import CandidateBody
from tests.harness.naming import number
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


async def test_stop_ends_what_is_open_in_this_chat_and_is_answered(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("photon.send", match=owner.imessage, status=400)
    candidate = await asked_everywhere(stack, "whatsapp", owner)

    await answer_to(stack, "whatsapp", owner, "Stop.", "No more drafts come here.")

    decided = await stack.phone.until_decided(candidate["id"])
    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")
    (whatsapp, _) = (await stack.core.candidate(candidate["id"]))["prompts"]
    assert (whatsapp["standing"], whatsapp["code"]) == ("failed", "21610")
    await stack.run_of(candidate["id"]).result()
    assert not any("no answer any more" in text for text in await stack.phone.texts("whatsapp", owner))
    await answer_to(stack, "whatsapp", owner, "START", "Drafts come here again")


async def test_candidate_that_stop_ended_is_neither_decided_nor_shown_here(stack: Stack, owner: Owner) -> None:
    candidate = await _stopped(stack, owner)

    for text in ("yes {number}", "no {number}", "more {number}", "yes {id}"):
        said = await stack.phone.says("whatsapp", owner, text.format(**candidate, number=number(candidate)))
        why = f"{number(candidate)} is no longer decided here, because you sent STOP."
        assert said.words == [f"{why} Send START to get drafts here again."], text

    assert "show" not in await signals(stack.run_of(candidate["id"]))
    assert await skipped(stack, "imessage", owner, candidate)


async def test_bare_word_after_stop_gets_no_offer(stack: Stack, owner: Owner) -> None:
    candidate = await _stopped(stack, owner)

    for text in ("yes", "ok", "list"):
        (words,) = (await stack.phone.says("whatsapp", owner, text)).words
        assert "Nothing is open." in words, text
        assert f"yes {number(candidate)}" not in words, text

    assert await skipped(stack, "imessage", owner, candidate)


async def _stopped(stack: Stack, owner: Owner) -> CandidateBody:
    """Returns a candidate that is open only on iMessage, after its owner's STOP on WhatsApp."""
    candidate = await asked_everywhere(stack, "imessage", owner)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.phone.says("whatsapp", owner, "STOP")

    async def is_noted() -> bool:
        (whatsapp, _) = (await stack.core.candidate(candidate["id"]))["prompts"]
        return bool(whatsapp["code"] == "21610")

    await until(is_noted)
    query = f"WorkflowId = 'approval/{candidate['id']}'"

    async def is_found() -> bool:
        return any([(await CandidateRecord.of(run)).troubles async for run in stack.client.list_workflows(query)])

    await until(is_found)
    return candidate


async def test_redelivered_stop_ends_no_later_candidate(stack: Stack, owner: Owner) -> None:
    first = await asked(stack, "whatsapp", owner)
    said = await stack.phone.says("whatsapp", owner, "STOP")
    later = await asked(stack, "whatsapp", owner)

    again = await stack.phone.says("whatsapp", owner, "STOP", message_id=said.message_id)

    assert again.words == said.words
    assert number(first) in said.words[0]
    await stack.phone.says("whatsapp", owner, f"approve {later['id']}")
    assert (await stack.phone.until_decided(later["id"]))["decider"] == owner.whatsapp


@pytest.mark.parametrize("channel", ["imessage"])
async def test_stop_is_no_opt_out_where_no_provider_acts_on_it(stack: Stack, owner: Owner, channel: str) -> None:
    candidate = await asked(stack, channel, owner)

    await answer_to(stack, channel, owner, "stop", "Nothing was decided")

    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    await stack.phone.says(channel, owner, f"skip {candidate['id']}")
    await stack.phone.until_decided(candidate["id"])
