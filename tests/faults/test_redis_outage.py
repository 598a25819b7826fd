"""Redis away, in every way: candidates wait, say why, and go on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack, running_stack

CHANNELS = ("whatsapp", "imessage")
NO_ANSWER = "Redis does not answer"


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("outage"), MIN_SPACING_SEC="1") as stack:
        yield stack


@pytest.fixture(autouse=True)
async def redis_back(gateway: Stack) -> AsyncIterator[None]:
    """Leave a Redis that answers to the next test."""
    yield
    if gateway.valkey.is_running:
        gateway.valkey.thaw()
    else:
        await gateway.valkey.start()


async def accepted(gateway: Stack, count: int, **changes: Any) -> dict[str, Owner]:
    """Post candidates of one brand, one after the other; give the owner of each."""
    owners = [Owner() for _ in range(count)]
    brand = f"b_{owners[0].number}"
    return {(await gateway.core.accepted(owner, brand_id=brand, **changes))["id"]: owner for owner in owners}


async def until_it_says_why(gateway: Stack, candidate_id: str) -> None:
    async def both_channels_say_why() -> bool:
        description = await gateway.run_of(candidate_id).describe()
        pending = description.raw_description.pending_activities
        asking = [activity for activity in pending if activity.activity_type.name == "ask_for_slot"]
        return [NO_ANSWER in activity.last_failure.message for activity in asking] == [True, True]

    await until(both_channels_say_why)


async def all_are_prompted_once_and_decided(gateway: Stack, candidates: dict[str, Owner]) -> None:
    phone = gateway.phone
    await asyncio.gather(*(phone.until_prompted(channel, id_) for id_ in candidates for channel in CHANNELS))
    await asyncio.gather(*(phone.says("whatsapp", owner, f"approve {id_}") for id_, owner in candidates.items()))
    decisions = await asyncio.gather(*(phone.until_decided(id_) for id_ in candidates))
    assert {decision["decision"] for decision in decisions} == {"approved"}
    for id_, owner in candidates.items():
        await phone.until_message("imessage", owner, f"{id_}: approved on WhatsApp")
        for channel in CHANNELS:
            assert len(await phone.prompts(channel, id_)) == 1


async def test_candidates_accepted_while_redis_is_down_wait_and_go_on_or_expire(gateway: Stack) -> None:
    await gateway.valkey.kill()
    (expiring,) = await accepted(gateway, 1, deadline_sec=10)
    await until_it_says_why(gateway, expiring)
    assert (await gateway.core.candidate(expiring))["state"] == "new"
    expired = await gateway.phone.until_decided(expiring)
    waiting = await accepted(gateway, 1)
    await until_it_says_why(gateway, next(iter(waiting)))

    await gateway.valkey.start()

    await all_are_prompted_once_and_decided(gateway, waiting)
    assert (expired["decision"], expired["decider"]) == ("expired", "system:timeout")
    assert [await gateway.phone.prompts(channel, expiring) for channel in CHANNELS] == [[], []]


async def test_those_who_wait_when_redis_is_killed_go_on_with_an_empty_one(gateway: Stack) -> None:
    """So does a receipt that became due meanwhile."""
    candidates = await accepted(gateway, 4)
    decided_meanwhile, *waiting = candidates
    for channel in CHANNELS:
        await gateway.phone.until_prompted(channel, decided_meanwhile)
    await gateway.valkey.kill()
    owner = candidates.pop(decided_meanwhile)
    await gateway.phone.says("imessage", owner, f"approve {decided_meanwhile}")
    await gateway.phone.until_decided(decided_meanwhile)
    await until_it_says_why(gateway, waiting[-1])
    assert len(await gateway.phone.texts("imessage", owner)) == 1

    await gateway.valkey.start()

    await gateway.phone.until_message("imessage", owner, f"{decided_meanwhile} is approved")
    await gateway.phone.until_message("whatsapp", owner, f"{decided_meanwhile}: approved on iMessage")
    await all_are_prompted_once_and_decided(gateway, candidates)


async def test_those_who_wait_while_redis_is_frozen_go_on(gateway: Stack) -> None:
    candidates = await accepted(gateway, 3)
    first, _, last = candidates
    await gateway.phone.until_prompted("whatsapp", first)
    gateway.valkey.freeze()
    await until_it_says_why(gateway, last)

    gateway.valkey.thaw()

    await all_are_prompted_once_and_decided(gateway, candidates)


async def test_those_who_wait_when_redis_is_flushed_go_on(gateway: Stack) -> None:
    candidates = await accepted(gateway, 3)
    await gateway.phone.until_prompted("whatsapp", next(iter(candidates)))

    async with Redis.from_url(gateway.environment["REDIS_URL"]) as redis:
        await redis.flushall()
        await redis.script_flush()

    await all_are_prompted_once_and_decided(gateway, candidates)
