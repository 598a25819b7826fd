"""A burst of receipts is one message in each chat, even if processes restart meanwhile."""

import asyncio

from temporalio.client import WorkflowExecutionStatus

from domain.temporal_names import WorkflowType
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")
OPEN = f"WorkflowType = '{WorkflowType.RECEIPTS}' AND ExecutionStatus = 'Running'"


async def test_eleven_withdrawn_drafts_are_one_message_in_each_chat(own_stack: Stack, owner: Owner) -> None:
    candidate_ids = await prompted(own_stack, owner, 11)
    # Without Redis no receipt gets a slot, so all are due when the first is sent.
    own_stack.valkey.freeze()
    await withdrawn(own_stack, candidate_ids)
    own_stack.valkey.thaw()

    for channel in CHANNELS:
        await own_stack.phone.until_message(channel, owner, "no answer any more")
    await until_found(own_stack.client, OPEN, 0)
    for channel in CHANNELS:
        [receipt] = await receipts(own_stack, channel, owner)
        headline, *lines = receipt.splitlines()
        assert headline.startswith("11 drafts")
        assert len({line for line in lines if "withdrawn" in line}) == 11
    runs = [own_stack.run_of(candidate_id) for candidate_id in candidate_ids]
    assert {(await run.describe()).status for run in runs} == {WorkflowExecutionStatus.COMPLETED}


async def test_receipts_that_were_passed_on_before_a_worker_was_killed_arrive_once(
    own_stack: Stack, owner: Owner
) -> None:
    candidate_ids = await prompted(own_stack, owner, 2)
    own_stack.valkey.freeze()
    await withdrawn(own_stack, candidate_ids)
    await until_found(own_stack.client, OPEN, 2)
    await own_stack.worker.kill()
    own_stack.valkey.thaw()
    await own_stack.worker.start()

    for channel in CHANNELS:
        await own_stack.phone.until_message(channel, owner, "no answer any more")
    await until_found(own_stack.client, OPEN, 0)
    for channel in CHANNELS:
        [receipt] = await receipts(own_stack, channel, owner)
        assert receipt.startswith("2 drafts")


async def prompted(stack: Stack, owner: Owner, count: int) -> list[str]:
    """Posts drafts of one brand, and waits until the owner has all of them in each chat."""
    drafts = [await stack.core.accepted(owner, proposed_text=f"Draft {number}") for number in range(count)]
    candidate_ids = [draft["id"] for draft in drafts]
    for channel in CHANNELS:
        for candidate_id in candidate_ids:
            await stack.phone.until_prompted(channel, candidate_id)
    return candidate_ids


async def withdrawn(stack: Stack, candidate_ids: list[str]) -> None:
    """Withdraws all at once, and waits until their runs have ended and passed their receipts on."""
    runs = [stack.run_of(candidate_id) for candidate_id in candidate_ids]
    await asyncio.gather(*(run.signal("withdraw", {"operator": "ann"}) for run in runs))
    await asyncio.gather(*(run.result() for run in runs))


async def receipts(stack: Stack, channel: str, owner: Owner) -> list[str]:
    return [text for text in await stack.phone.texts(channel, owner) if "no answer any more" in text]
