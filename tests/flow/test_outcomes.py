"""The whole flow, for each outcome on each channel."""

from datetime import datetime, timedelta

import pytest

from domain.conversation.numbers import number_of
from tests.harness.phone import TARGETS, Owner
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")


@pytest.mark.parametrize(
    ("channel", "words", "decision", "final_text"),
    [
        ("whatsapp", "approve {id}", "approved", "{draft}"),
        ("imessage", "edit {id}: My own\nwords", "edited", "My own\nwords"),
        ("imessage", "SKIP {id}", "rejected", None),
    ],
)
async def test_owners_verdict_is_reported_to_core(
    stack: Stack, owner: Owner, channel: str, words: str, decision: str, final_text: str | None
) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted(channel, candidate["id"])

    await stack.phone.says(channel, owner, words.format(id=candidate["id"]))

    reported = await stack.phone.until_decided(candidate["id"])
    address = owner.whatsapp if channel == "whatsapp" else f"imessage:{owner.imessage}"
    assert reported["decision"] == decision
    assert reported["final_text"] == (final_text and final_text.format(draft=candidate["proposed_text"]))
    assert reported["decider"] == address
    assert reported["latency_ms"] >= 0
    entry = await stack.core.until_state(candidate["id"], decision)
    assert entry["decider"] == address


async def test_every_chat_that_was_asked_learns_how_it_ended(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.phone.until_prompted("imessage", candidate["id"])

    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    await stack.phone.until_message("imessage", owner, f"Approved: {number_of(candidate['id'])} ")
    await stack.phone.until_message("whatsapp", owner, f"Approved on iMessage: {number_of(candidate['id'])} ")
    assert len(await stack.phone.texts("whatsapp", owner)) == 2
    assert len(await stack.phone.texts("imessage", owner)) == 2


async def test_when_two_channels_race_the_first_verdict_decides_and_the_other_is_told(
    stack: Stack, owner: Owner
) -> None:
    candidate = await stack.core.accepted(owner)
    for channel in CHANNELS:
        await stack.phone.until_prompted(channel, candidate["id"])
    await stack.worker.stop()
    await stack.phone.says("whatsapp", owner, f"skip {candidate['id']}")
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")
    await stack.worker.start()

    decided = await stack.phone.until_decided(candidate["id"])
    await stack.phone.until_message("imessage", owner, "already skipped on WhatsApp")

    assert decided["decision"] == "rejected"
    assert len(await stack.phone.decisions(candidate["id"])) == 1


async def test_candidate_nobody_answers_expires_and_its_chats_are_told(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner, deadline_sec=10)
    await stack.phone.until_prompted("whatsapp", candidate["id"])

    decided = await stack.phone.until_decided(candidate["id"], within=20)

    assert (decided["decision"], decided["decider"]) == ("expired", "system:timeout")
    assert decided["final_text"] is None
    for channel in CHANNELS:
        await stack.phone.until_message(channel, owner, "without an answer: ")


async def test_latency_counts_from_the_first_prompt_and_not_from_acceptance(stack: Stack, owner: Owner) -> None:
    for channel in CHANNELS:
        await stack.phone.fault(TARGETS[channel], match=owner.address(channel), delay_sec=2)
    candidate = await stack.core.accepted(owner)
    await stack.core.until_state(candidate["id"], "prompted")
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    entry = await stack.core.until_state(candidate["id"], "approved")

    age = datetime.fromisoformat(entry["decided_at"]) - datetime.fromisoformat(entry["created_at"])
    assert timedelta(0) < timedelta(milliseconds=entry["latency_ms"]) <= age - timedelta(seconds=2)


async def test_run_ends_once_all_messages_are_sent(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    await stack.run_of(candidate["id"]).result()

    assert (await stack.core.candidate(candidate["id"]))["callback"] == "delivered"
