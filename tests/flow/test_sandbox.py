"""The simulated owner answers by itself, and core gets the decision for each instruction."""

from typing import Any

import pytest

from domain.conversation.numbers import number_of
from tests.harness.core import CandidateBody
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

pytestmark = pytest.mark.faults


async def posted(stack: Stack, owner: Owner, instruction: str, **changes: Any) -> CandidateBody:
    return await stack.core.accepted(owner, proposed_text=f"We hear you. [simulate: {instruction}]", **changes)


@pytest.mark.parametrize(
    ("instruction", "decision", "final_text", "note"),
    [
        ("approve after 0s", "approved", "We hear you. [simulate: approve after 0s]", None),
        ("skip", "rejected", None, None),
        ("reject: *too* _salesy_", "rejected", None, "*too* _salesy_"),
        ("redo: shorter, no emoji", "rejected", None, "shorter, no emoji"),
        ("edit: A *better* text, *really*", "edited", "A *better* text, *really*", None),
    ],
)
async def test_core_gets_what_the_draft_told_its_owner_to_decide(
    stack: Stack, owner: Owner, instruction: str, decision: str, final_text: str | None, note: str | None
) -> None:
    candidate = await posted(stack, owner, instruction)

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["final_text"]) == (decision, final_text)
    assert decided["decider"] in {owner.whatsapp, f"imessage:{owner.imessage}"}
    assert (await stack.core.until_state(candidate["id"], decision))["note"] == note


async def test_long_draft_is_answered_once_it_was_shown_whole(stack: Stack, owner: Owner) -> None:
    draft = "A line of its own, and then another one to come.\n" * 55 + "[simulate: approve after 0s]"
    candidate = await stack.core.accepted(owner, proposed_text=draft)

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["final_text"]) == ("approved", draft)


async def test_undeliverable_draft_reaches_nobody(stack: Stack, owner: Owner) -> None:
    candidate = await posted(stack, owner, "undeliverable")

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")
    assert [await stack.phone.texts(channel, owner) for channel in ("whatsapp", "imessage")] == [[], []]


async def test_late_owner_changes_nothing_and_learns_this(stack: Stack, owner: Owner) -> None:
    candidate = await posted(stack, owner, "late after 0s", deadline_sec=10)

    decided = await stack.phone.until_decided(candidate["id"])
    (reply,) = await until(lambda: written(stack, owner))

    assert (decided["decision"], decided["decider"]) == ("expired", "system:timeout")
    assert reply["text"] == f"yes {number_of(candidate['id'])}"
    await stack.phone.until_message(reply["channel"], owner, "Your message changes nothing")


async def test_owner_who_ignores_a_draft_lets_it_expire(stack: Stack, owner: Owner) -> None:
    candidate = await posted(stack, owner, "ignore", deadline_sec=10)

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:timeout")
    assert await written(stack, owner) == []


async def test_owner_of_the_control_api_answers_every_draft(stack: Stack, owner: Owner) -> None:
    order = {"instruction": "redo: shorter", "address": owner.imessage}
    (await stack.phone.http.put("/control/answering", json=order)).raise_for_status()
    candidates = [await stack.core.accepted(owner) for _ in range(3)]

    for candidate in candidates:
        decided = await stack.phone.until_decided(candidate["id"])
        assert (decided["decision"], decided["decider"]) == ("rejected", f"imessage:{owner.imessage}")


async def written(stack: Stack, owner: Owner) -> list[dict[str, Any]]:
    """Returns what an owner wrote on any channel."""
    shown = (await stack.phone.http.get("/control/messages")).json()
    mine = {owner.whatsapp, owner.imessage}
    return [message for message in shown if message["address"] in mine and message["direction"] == "out"]
