"""Brands for which more is posted than their owners may be asked, and owners whom many brands ask."""

import asyncio
import time
from itertools import cycle

import pytest
from redis.asyncio import Redis

from adapters.redis.slots import RedisSlots
from domain.sending.slots import SlotQuestion
from tests.harness.slots import Grant, assert_spaced, hold, question, running_valkey, slots_of

DEADLINE, DEADLINES = 1.0, 10
CAPACITY, PER_SECOND, SPACING = 4, 6.0, 0.1
PATIENT, LEAVES, VANISHES = "patient", "leaves", "vanishes"
MIXED = [PATIENT, LEAVES, PATIENT, PATIENT, LEAVES, PATIENT, VANISHES]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shared", ["brand", "recipient"])
async def test_overloaded_brand_or_recipient_gets_what_is_allowed_and_no_more(shared: str) -> None:
    """At twice the rate and at six times, whether all wait or some are decided early, heard by Redis or not."""
    cases = [(load, fates) for load in (2, 6) for fates in ([PATIENT], MIXED)]
    async with running_valkey() as redis:
        outcomes = await asyncio.gather(
            *(grants_in_ten_deadlines(limited(redis, shared), shared, load, fates) for load, fates in cases)
        )

    allowed = CAPACITY + PER_SECOND * DEADLINE * DEADLINES
    for grants in outcomes:
        assert 0.85 * allowed <= len(grants) <= allowed
        if shared == "brand":
            assert_spaced(grants, SPACING)
        assert_within_bucket(grants)


def limited(redis: Redis, shared: str) -> RedisSlots:
    if shared == "brand":
        return slots_of(redis, capacity=CAPACITY, per_second=PER_SECOND, spacing=SPACING)
    return slots_of(redis, recipient_capacity=CAPACITY, recipient_per_second=PER_SECOND)


async def grants_in_ten_deadlines(slots: RedisSlots, shared: str, load: float, fates: list[str]) -> list[Grant]:
    """Post candidates of one brand, or for one recipient, at a multiple of the allowed rate."""
    first, turns = question(), cycle(fates)
    brand, to = (first.brand_id, "") if shared == "brand" else (None, first.approver.handle)
    candidates: list[asyncio.Task[Grant | None]] = []
    end = time.time() + DEADLINE * DEADLINES
    while time.time() < end:
        asked = question(brand, to=to, lasts=DEADLINE * 3 / 4)
        candidates.append(asyncio.create_task(candidate(slots, asked, next(turns))))
        await asyncio.sleep(1 / (PER_SECOND * load))
    grants = [grant for grant in await asyncio.gather(*candidates) if grant and grant.answered < end]
    return sorted(grants, key=lambda grant: grant.answered)


async def candidate(slots: RedisSlots, asked: SlotQuestion, fate: str) -> Grant | None:
    """Wait for the slot; whoever is not patient is decided at a third of the deadline."""
    try:
        async with asyncio.timeout(None if fate == PATIENT else DEADLINE / 3):
            return await hold(slots, asked)
    except TimeoutError:
        if fate == LEAVES:
            await slots.leave(asked)
        return None


def assert_within_bucket(grants: list[Grant]) -> None:
    """In no stretch of time are there more grants than a full bucket and what drips in meanwhile."""
    for first, start in enumerate(grants):
        for last, end in enumerate(grants[first:], start=1):
            assert last <= CAPACITY + PER_SECOND * (end.answered - start.asked)
