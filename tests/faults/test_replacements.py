"""Core withdraws or replaces a candidate while no worker runs: no post is answered twice."""

import asyncio

from tests.harness.core import CandidateBody
from tests.harness.naming import number
from tests.harness.phone import Owner
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")


async def prompted(stack: Stack, owner: Owner) -> CandidateBody:
    candidate = await stack.core.accepted(owner)
    for channel in CHANNELS:
        await stack.phone.until_prompted(channel, candidate["id"])
    return candidate


async def until_read(stack: Stack, candidate: CandidateBody) -> tuple[str, str]:
    """Returns the outcome and the decider that core reads."""
    decided = await stack.phone.until_decided(candidate["id"])
    return decided["decision"], decided["decider"]


async def test_withdrawal_needs_no_worker_and_precedes_a_later_verdict(own_stack: Stack, owner: Owner) -> None:
    candidate = await prompted(own_stack, owner)
    await own_stack.worker.kill()

    responses = [await own_stack.core.withdraw(candidate["id"]) for _ in range(2)]
    await own_stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await own_stack.worker.start()

    assert [response.status_code for response in responses] == [202, 202]
    assert await until_read(own_stack, candidate) == ("expired", "core:withdrawn")
    assert len(await own_stack.phone.decisions(candidate["id"])) == 1


async def test_row_of_replacements_is_overtaken_by_an_approval_of_its_first_one(own_stack: Stack, owner: Owner) -> None:
    """The second gives way to the third before it knows the first's end; neither is asked about."""
    first = await prompted(own_stack, owner)
    await own_stack.worker.kill()
    await own_stack.phone.says("whatsapp", owner, f"approve {first['id']}")
    second = await own_stack.core.successor(first, owner)
    third = await own_stack.core.successor(second, owner)
    await own_stack.worker.start()

    assert await until_read(own_stack, first) == ("approved", owner.whatsapp)
    ends = [await until_read(own_stack, each) for each in (second, third)]
    assert ends[0] in {("expired", "system:overtaken"), ("expired", "core:replaced")}
    assert ends[1] == ("expired", "system:overtaken")
    await asyncio.gather(*(own_stack.run_of(each["id"]).result() for each in (first, second, third)))
    for channel in CHANNELS:
        assert [await own_stack.phone.prompts(channel, each["id"]) for each in (second, third)] == [[], []]


async def test_worker_that_is_lost_while_the_place_is_taken_changes_nothing(own_stack: Stack, owner: Owner) -> None:
    old = await prompted(own_stack, owner)

    new = await own_stack.core.successor(old, owner)
    await own_stack.worker.kill()
    await own_stack.worker.start()

    for channel in CHANNELS:
        await own_stack.phone.until_prompted(channel, new["id"], within=60)
        await own_stack.phone.until_message(channel, owner, f"Instead of {number(old)}")
    assert await until_read(own_stack, old) == ("expired", "core:replaced")
    await own_stack.phone.says("imessage", owner, f"approve {new['id']}")
    assert await until_read(own_stack, new) == ("approved", f"imessage:{owner.imessage}")


async def test_successor_of_a_candidate_that_is_decided_at_the_same_moment_is_asked_or_overtaken(
    own_stack: Stack, owner: Owner
) -> None:
    """The worker reads both in the old run's history; the successor's withdrawal is the last."""
    old = await prompted(own_stack, owner)
    await own_stack.worker.kill()
    await own_stack.phone.says("imessage", owner, f"skip {old['id']}")
    new = await own_stack.core.successor(old, owner)
    assert (await own_stack.core.withdraw(new["id"])).status_code == 202
    await own_stack.worker.start()

    assert await until_read(own_stack, old) == ("rejected", f"imessage:{owner.imessage}")
    assert await until_read(own_stack, new) == ("expired", "core:withdrawn")
    for channel in CHANNELS:
        assert await own_stack.phone.prompts(channel, new["id"]) == []
