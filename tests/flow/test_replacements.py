"""Core replaces a draft: what its owner reads and what core gets, in every order of events."""

import asyncio
from functools import partial

import pytest

from tests.harness.asking import answer_to, asked
from tests.harness.chats import until_read
from tests.harness.core import draft
from tests.harness.naming import label, number
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")
CHANNEL = pytest.mark.parametrize("channel", CHANNELS)


async def until_prompted(stack: Stack, candidate_id: str) -> None:
    for channel in CHANNELS:
        await stack.phone.until_prompted(channel, candidate_id)


async def receipts(stack: Stack, channel: str, owner: Owner) -> list[str]:
    return [text for text in await stack.phone.texts(channel, owner) if "It needs no answer any more" in text]


@CHANNEL
async def test_new_prompt_mentions_the_old_draft_and_a_bare_word_is_about_the_new_one(
    stack: Stack, owner: Owner, channel: str
) -> None:
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])

    new = await stack.core.successor(old, owner)
    await stack.phone.until_message(channel, owner, f"Instead of {number(old)}")
    await until_read(stack, channel, owner, new)
    await stack.phone.says(channel, owner, "yes")

    assert (await stack.phone.until_decided(new["id"]))["decision"] == "approved"
    decided = await stack.phone.until_decided(old["id"])
    assert (decided["decision"], decided["decider"]) == ("expired", "core:replaced")
    assert [len(await stack.phone.decisions(each["id"])) for each in (old, new)] == [1, 1]
    known = await stack.core.candidate(old["id"]), await stack.core.candidate(new["id"])
    assert [(each["replaces"], each["replaced_by"]) for each in known] == [(None, new["id"]), (old["id"], None)]
    assert not [text for text in await receipts(stack, channel, owner) if number(old) in text]


@CHANNEL
async def test_late_reply_to_the_old_one_learns_what_it_was_replaced_by(
    stack: Stack, owner: Owner, channel: str
) -> None:
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])
    new = await stack.core.successor(old, owner)
    await stack.phone.until_decided(old["id"])

    answer = await answer_to(stack, channel, owner, f"yes {number(old)}", "changes nothing")

    assert answer == f"{label(old)}: already replaced by {number(new)}. Your message changes nothing."
    assert await stack.phone.decisions(new["id"]) == []


async def test_chat_that_the_successor_does_not_ask_gets_a_receipt_for_the_old_one(stack: Stack, owner: Owner) -> None:
    other = Owner()
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])

    new = await stack.core.successor(old, owner, owner_imessage=other.imessage)
    await until_prompted(stack, new["id"])

    assert (await stack.phone.until_message("imessage", owner, "Replaced by"))["text"] == (
        f"Replaced by {number(new)}: {label(old)}. It needs no answer any more."
    )
    await stack.phone.until_message("whatsapp", owner, f"Instead of {number(old)}")
    assert await receipts(stack, "whatsapp", owner) == []
    assert not [text for text in await stack.phone.texts("imessage", other) if "Instead of" in text]


async def test_owner_who_decides_the_old_one_first_is_not_asked_about_the_new_one(stack: Stack, owner: Owner) -> None:
    """Both happen at once, many times: one post is answered, and core gets the first decision."""
    olds = await asyncio.gather(*(stack.core.accepted(owner) for _ in range(8)))
    for old in olds:
        await until_prompted(stack, old["id"])

    async def race(number_of_race: int) -> tuple[str, str]:
        old = olds[number_of_race]
        new = draft(owner, brand_id=old["brand_id"], replaces=old["id"])
        first, second = stack.core.post(new), stack.phone.says("imessage", owner, f"approve {old['id']}")
        response, _ = await asyncio.gather(first, second)
        decided = await stack.phone.until_decided(old["id"])
        if response.status_code == 409:
            return str(decided["decision"]), "refused"
        if decided["decision"] == "approved":
            return "approved", str((await stack.phone.until_decided(new["id"]))["decider"])
        await until_prompted(stack, new["id"])
        return str(decided["decider"]), "asked"

    ends = [await race(number_of_race) for number_of_race in range(8)]

    allowed = {("approved", "refused"), ("approved", "system:overtaken"), ("core:replaced", "asked")}
    assert set(ends) <= allowed


async def test_only_one_of_two_simultaneous_successors_is_asked(stack: Stack, owner: Owner) -> None:
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])
    bodies = [draft(owner, brand_id=old["brand_id"], replaces=old["id"]) for _ in range(2)]

    responses = await asyncio.gather(*map(stack.core.post, bodies))
    await stack.phone.until_decided(old["id"])

    winner = (await stack.core.candidate(old["id"]))["replaced_by"]
    await until_prompted(stack, winner)
    [loser] = [body["id"] for body in bodies if body["id"] != winner]
    if {response.status_code for response in responses} == {202}:
        assert (await stack.phone.until_decided(loser))["decider"] == "system:overtaken"
        for channel in CHANNELS:
            assert await stack.phone.prompts(channel, loser) == []


async def test_simultaneous_chain_of_replacements_leaves_the_last_one_open(stack: Stack, owner: Owner) -> None:
    first = await stack.core.accepted(owner)
    await until_prompted(stack, first["id"])

    def tells_of_first(text: str) -> bool:
        return f"Instead of {number(first)}" in text or ("Replaced by" in text and label(first) in text)

    second = await stack.core.successor(first, owner)
    third = await stack.core.successor(second, owner)
    await until_prompted(stack, third["id"])

    ends = [await stack.phone.until_decided(each["id"]) for each in (first, second)]
    assert [end["decider"] for end in ends] == ["core:replaced", "core:replaced"]
    assert (await stack.core.candidate(third["id"]))["decision"] is None
    for channel in CHANNELS:
        texts = partial(stack.phone.texts, channel, owner)
        assert await until(texts, lambda read: any(map(tells_of_first, read)))


async def test_candidate_that_waits_for_its_slot_is_replaced_unasked(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, status=429)
    old = await stack.core.accepted(owner, owner_imessage=None, deadline_sec=900)
    new = await stack.core.successor(old, owner)
    await until_prompted(stack, new["id"])

    assert (await stack.phone.until_decided(old["id"]))["decider"] == "core:replaced"
    assert (await stack.core.candidate(old["id"]))["replaced_by"] == new["id"]


async def test_parked_callback_of_the_old_one_is_left_alone_and_an_expired_one_is_replaced(
    stack: Stack, owner: Owner
) -> None:
    old = await asked(stack, "whatsapp", owner)
    await stack.phone.fault("core.decisions", match=old["id"], times=1, status=410)
    await stack.core.withdraw(old["id"])
    await stack.core.until_callback(old["id"], "parked")

    new = await stack.core.successor(old, owner)
    await until_prompted(stack, new["id"])
    known = await stack.core.candidate(old["id"])
    assert (known["callback"], known["decider"], known["replaced_by"]) == ("parked", "core:withdrawn", None)
    await stack.run_of(old["id"]).signal("retry_callback")

    assert (await stack.phone.until_decided(old["id"]))["decider"] == "core:withdrawn"


async def test_successor_that_is_withdrawn_at_once_still_ends_the_old_one(stack: Stack, owner: Owner) -> None:
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])

    new = await stack.core.successor(old, owner)
    assert (await stack.core.withdraw(new["id"])).status_code == 202

    assert (await stack.phone.until_decided(new["id"]))["decider"] == "core:withdrawn"
    assert (await stack.phone.until_decided(old["id"]))["decider"] == "core:replaced"
    for channel in CHANNELS:
        await stack.phone.until_message(channel, owner, "It needs no answer any more")


async def test_candidate_whose_run_was_ended_by_hand_is_replaced(stack: Stack, owner: Owner) -> None:
    old = await stack.core.accepted(owner)
    await until_prompted(stack, old["id"])
    for channel in CHANNELS:  # a run that ends before it notes this counts as one that asked nobody
        await until_found(stack.client, f"WorkflowId = 'approval/{old['id']}' AND PromptIds = '{channel}'")
    await stack.run_of(old["id"]).terminate()

    new = await stack.core.successor(old, owner)

    await until_prompted(stack, new["id"])
    for channel in CHANNELS:
        await stack.phone.until_message(channel, owner, f"Instead of {number(old)}")
