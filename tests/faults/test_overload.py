"""Brands with more posts than their owners can be asked about, and owners with many brands."""

import asyncio
import time
from bisect import bisect_left
from itertools import cycle, pairwise

import pytest
from redis.asyncio import Redis

from adapters.redis.slots import RedisSlots
from domain.sending.slots import SlotQuestion
from tests.harness.slots import Asking, Grant, assert_spaced, hold, question, running_valkey, slots_of

DEADLINE, DEADLINES = 1.0, 10
CAPACITY, PER_SECOND, SPACING = 4, 6.0, 0.1
PATIENT, LEAVES, VANISHES = "patient", "leaves", "vanishes"
MIXED = [PATIENT, LEAVES, PATIENT, PATIENT, LEAVES, PATIENT, VANISHES]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shared", ["brand", "recipient"])
async def test_overloaded_brand_or_recipient_gets_the_allowed_rate(shared: str) -> None:
    """The posts arrive at two and six times the allowed rate.

    Some runs have candidates that are decided early, and Redis might not learn of it. Time in which
    no candidate asks, because a slow machine wakes it late, grants nothing.
    """
    cases = [(load, fates) for load in (2, 6) for fates in ([PATIENT], MIXED)]
    async with running_valkey() as redis:
        outcomes = await asyncio.gather(
            *(grants_in_ten_deadlines(limited(redis, shared), shared, load, fates) for load, fates in cases)
        )

    time_in_all = DEADLINE * DEADLINES
    for grants, askings in outcomes:
        assert len(grants) <= CAPACITY + PER_SECOND * time_in_all
        assert len(grants) >= 0.85 * (CAPACITY + PER_SECOND * (time_in_all - lost(grants, askings)))
        if shared == "brand":
            assert_spaced(grants, SPACING)
        assert_within_bucket(grants)


def limited(redis: Redis, shared: str) -> RedisSlots:
    if shared == "brand":
        return slots_of(redis, capacity=CAPACITY, per_second=PER_SECOND, spacing=SPACING)
    return slots_of(redis, recipient_capacity=CAPACITY, recipient_per_second=PER_SECOND)


async def grants_in_ten_deadlines(
    slots: RedisSlots, shared: str, load: float, fates: list[str]
) -> tuple[list[Grant], list[Asking]]:
    """Posts candidates of one brand, or for one recipient, at a multiple of the allowed rate."""
    first, turns = question(), cycle(fates)
    brand, to = (first.brand_id, "") if shared == "brand" else (None, first.approver.handle)
    candidates, askings = list[asyncio.Task[Grant | None]](), list[Asking]()
    end = time.time() + DEADLINE * DEADLINES
    while time.time() < end:
        asked = question(brand, to=to, lasts=DEADLINE * 3 / 4)
        candidates.append(asyncio.create_task(candidate(slots, asked, next(turns), askings)))
        await asyncio.sleep(1 / (PER_SECOND * load))
    grants = [grant for grant in await asyncio.gather(*candidates) if grant and grant.answered < end]
    return sorted(grants, key=lambda grant: grant.answered), [each for each in askings if each.answered < end]


async def candidate(slots: RedisSlots, asked: SlotQuestion, fate: str, askings: list[Asking]) -> Grant | None:
    """Waits for the slot; a candidate that is not patient is decided at a third of the deadline."""
    try:
        async with asyncio.timeout(None if fate == PATIENT else DEADLINE / 3):
            return await hold(slots, asked, askings)
    except TimeoutError:
        if fate == LEAVES:
            await slots.leave(asked)
        return None


def lost(grants: list[Grant], askings: list[Asking]) -> float:
    """Returns the sum, over the gaps between grants, of the latest asker's delay."""
    latest = [0.0] * (len(grants) + 1)
    answers = [grant.answered for grant in grants]
    for asking in askings:
        gap = bisect_left(answers, asking.answered)
        latest[gap] = max(latest[gap], asking.late_by)
    return sum(min(late_by, end - start) for late_by, (start, end) in zip(latest[1:], pairwise(answers), strict=False))


def assert_within_bucket(grants: list[Grant]) -> None:
    """Checks that no period has more grants than a full bucket plus its refill in that time."""
    for first, start in enumerate(grants):
        for last, end in enumerate(grants[first:], start=1):
            assert last <= CAPACITY + PER_SECOND * (end.answered - start.asked)
