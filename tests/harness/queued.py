"""Candidates that wait for their slots while something breaks."""

import asyncio
from typing import Any

from domain.conversation.numbers import number_of
from domain.temporal_names import ActivityType
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

CHANNELS = ("whatsapp", "imessage")
NO_ANSWER = "Redis cannot be used"


async def accepted(gateway: Stack, count: int, **changes: Any) -> dict[str, Owner]:
    """Posts candidates of one brand, one after the other; returns the owner of each."""
    owners = [Owner() for _ in range(count)]
    brand = f"b_{owners[0].number}"
    return {(await gateway.core.accepted(owner, brand_id=brand, **changes))["id"]: owner for owner in owners}


async def until_one_says_why(gateway: Stack, *candidate_ids: str) -> None:
    """Waits until one of them, whichever waits, reports on both channels why it waits."""

    async def both_channels_say_why(candidate_id: str) -> bool:
        description = await gateway.run_of(candidate_id).describe()
        pending = description.raw_description.pending_activities
        asking = [activity for activity in pending if activity.activity_type.name == ActivityType.ASK_FOR_SLOT]
        return [NO_ANSWER in activity.last_failure.message for activity in asking] == [True, True]

    async def one_says_why() -> bool:
        return any([await both_channels_say_why(candidate_id) for candidate_id in candidate_ids])

    await until(one_says_why)


async def all_are_prompted_once_and_decided(gateway: Stack, candidates: dict[str, Owner]) -> None:
    phone = gateway.phone
    await asyncio.gather(*(phone.until_prompted(channel, id_) for id_ in candidates for channel in CHANNELS))
    await asyncio.gather(*(phone.says("whatsapp", owner, f"approve {id_}") for id_, owner in candidates.items()))
    decisions = await asyncio.gather(*(phone.until_decided(id_) for id_ in candidates))
    assert {decision["decision"] for decision in decisions} == {"approved"}
    for id_, owner in candidates.items():
        await phone.until_message("imessage", owner, f"Approved on WhatsApp: {number_of(id_)} ")
        for channel in CHANNELS:
            assert len(await phone.prompts(channel, id_)) == 1
