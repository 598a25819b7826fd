"""Disagreeing clocks and growing spacings let no message out early, and block none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from adapters.redis.slots import LONGEST_SPACING
from domain.sending.slots import Lane, SlotQuestion, SlotStatus
from tests.harness.phone import Owner
from tests.harness.skipping import SkippingGateway
from tests.harness.slots import again, assert_spaced, granted, hold, hold_all, question, slots_of

HARDLY = 0.001
"""Tokens per second, so few that none is added during a test."""
HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=5)
SPACING = 0.3


@pytest.fixture
async def redis(redis: Redis) -> Redis:
    """An empty Redis, because these tests turn back the times of everything in it."""
    await redis.flushall()
    return redis


def shifted(asked: SlotQuestion, by: timedelta) -> SlotQuestion:
    """Returns a question by a gateway whose clock is that far ahead of Redis's, or behind."""
    return replace(
        asked,
        accepted_at=asked.accepted_at + by,
        latest_start=asked.latest_start + by,
        asked_at=datetime.now(UTC) + by,
    )


async def clock_went_back(redis: Redis, by: timedelta) -> None:
    """Shifts everything in Redis, as if its clock had been that far ahead until now."""
    ms = by / timedelta(milliseconds=1)
    async for key in redis.scan_iter():
        match await redis.type(key):
            case b"hash":
                fields: list[Any] = await redis.hkeys(key)
                for field in set(fields) - {b"holder", b"returned"}:
                    await redis.hincrbyfloat(key, field, ms)
            case b"zset" if b"-latest:" in key:
                members: list[Any] = await redis.zrange(key, 0, -1)
                for member in members:
                    await redis.zincrby(key, ms, member)
            case b"string":
                paid_at, *taken = [float(number) + ms for number in (await redis.get(key) or b"").split()]
                await redis.set(key, " ".join(map(repr, (paid_at, *taken))), keepttl=True)


@pytest.mark.parametrize("ahead", [MINUTES, -MINUTES])
@pytest.mark.parametrize("lane", Lane)
async def test_time_that_is_left_is_the_same_whatever_redis_clock_says(
    redis: Redis, lane: Lane, ahead: timedelta
) -> None:
    slots = slots_of(redis, spacing=5, chat_spacing=5)
    first = question(lane=lane)
    to = first.approver.handle
    longer, shorter = [question(first.brand_id, lane=lane, to=to, lasts=lasts) for lasts in (20, 1)]

    answers = [(await slots.ask(shifted(asked, ahead))).status for asked in (first, longer, shorter)]

    assert answers == [SlotStatus.GO, SlotStatus.WAIT, SlotStatus.TOO_LATE]


async def test_question_that_does_not_say_when_it_is_asked_goes_by_redis_clock(redis: Redis) -> None:
    slots = slots_of(redis)

    assert await granted(slots, replace(question(), asked_at=None))
    past = replace(shifted(question(), -MINUTES), asked_at=None)
    assert (await slots.ask(past)).status is SlotStatus.TOO_LATE


async def test_those_who_ask_by_clocks_minutes_apart_are_spaced_and_all_get_their_slots(redis: Redis) -> None:
    slots = slots_of(redis, spacing=SPACING)
    first = question()
    asked = [shifted(again(first), by) for by in (-MINUTES, -MINUTES, MINUTES, MINUTES, timedelta(0))]

    grants = await hold_all(slots, [first, *asked])

    assert len(grants) == 6
    assert_spaced(grants, SPACING)


@pytest.mark.parametrize("lane", [Lane.BRAND, Lane.CHAT])
async def test_start_by_a_clock_that_was_an_hour_ahead_counts_as_now(redis: Redis, lane: Lane) -> None:
    slots = slots_of(redis, spacing=SPACING, chat_spacing=SPACING)
    first = question(lane=lane)
    before = await hold(slots, first)
    await clock_went_back(redis, HOUR)

    grants = await hold_all(slots, [question(first.brand_id, to=first.approver.handle, lane=lane, lasts=3)])

    assert before
    assert_spaced([before, *grants], SPACING)
    assert len(grants) == 1


@pytest.mark.parametrize("field", ["last_at", "full_at", "since"])
@pytest.mark.parametrize("key", ["brand", "chat"])
async def test_one_moment_an_hour_ahead_silences_nobody(redis: Redis, key: str, field: str) -> None:
    slots = slots_of(redis, capacity=2, per_second=4, recipient_capacity=2, recipient_per_second=4, spacing=SPACING)
    first = question()
    assert await granted(slots, first)
    of = first.brand_id if key == "brand" else first.approver.handle
    await redis.hincrbyfloat(f"slots:{{whatsapp}}:{key}:{of}", field, HOUR / timedelta(milliseconds=1))

    assert await hold(slots, question(first.brand_id, to=first.approver.handle, lasts=3))


async def test_bucket_is_as_full_after_the_clock_has_gone_back_as_before(redis: Redis) -> None:
    slots = slots_of(redis, capacity=3, per_second=HARDLY)
    first = question()
    second = again(first)
    assert [await granted(slots, asked) for asked in (first, second)] == [True, True]

    await clock_went_back(redis, HOUR)

    assert await granted(slots, second), "the same question takes no second token"
    assert await granted(slots, first), "nor if somebody else has started in between"
    assert await granted(slots, again(first))
    assert not await granted(slots, again(first))


async def test_who_was_told_to_wait_by_a_clock_that_was_ahead_keeps_nobody_waiting(redis: Redis) -> None:
    """A ghost should ask again and does not; it is overdue as soon as the clock is right."""
    slots = slots_of(redis, spacing=SPACING)
    first = question()
    ghost, waiting = [question(first.brand_id, accepted=seconds) for seconds in (-20, -10)]
    assert [(await slots.ask(asked)).status for asked in (first, ghost, waiting)] == [
        SlotStatus.GO,
        SlotStatus.WAIT,
        SlotStatus.WAIT,
    ]
    await clock_went_back(redis, HOUR)

    grants = await hold_all(slots, [waiting, again(first)])

    assert [grant.question.accepted_at for grant in grants] == [waiting.accepted_at, first.accepted_at]


async def test_nobody_is_told_to_wait_for_longer_than_a_slot_because_another_was(redis: Redis) -> None:
    """The one that blocks it asks again on time, although by the clock it has minutes left."""
    slots = slots_of(redis, spacing=60)
    first = question(lasts=600)
    earlier, later = [question(first.brand_id, accepted=seconds, lasts=600) for seconds in (-20, -10)]
    assert await granted(slots, first)
    assert (await slots.ask(earlier)).status is SlotStatus.WAIT
    ms = MINUTES / timedelta(milliseconds=1)
    await redis.hincrbyfloat(f"slots:{{whatsapp}}:brand:{first.brand_id}", "last_at", -60_000)
    await redis.hincrbyfloat(f"slots:{{whatsapp}}:brand-due:{first.brand_id}", earlier.key, ms)

    answer = await slots.ask(later)

    assert answer.status is SlotStatus.WAIT
    assert answer.wait <= timedelta(seconds=62)


@pytest.mark.parametrize("lane", [Lane.BRAND, Lane.CHAT])
async def test_spacing_that_is_raised_holds_for_starts_of_before(redis: Redis, lane: Lane) -> None:
    """The test simulates two minutes of silence for Redis, and reads how long Redis remembers."""
    first = question(lane=lane)
    assert await granted(slots_of(redis, spacing=0.01, chat_spacing=0.01), first)
    keys: list[Any] = [key async for key in redis.scan_iter() if b":paid:" not in key]
    for key in keys:
        assert await redis.pttl(key) > LONGEST_SPACING / timedelta(milliseconds=1)
        await redis.hincrbyfloat(key, "last_at", -120_000)

    raised = slots_of(redis, spacing=600, chat_spacing=600)
    asked = question(first.brand_id, to=first.approver.handle, lane=lane, lasts=3600)
    answer = await raised.ask(asked)

    assert timedelta(seconds=470) < answer.wait <= timedelta(seconds=480)


async def test_attempt_that_starts_late_counts_what_is_left_by_temporals_clock(
    skipping: SkippingGateway, owner: Owner
) -> None:
    """The third would leave the owner under a minute.

    The clocks of Redis and the worker are ten minutes slow.
    """
    again_in = {"headers": {"Retry-After": "280"}, "match": owner.whatsapp}
    await skipping.phone.fault("twilio.messages", status=429, **again_in)
    candidate, run = await skipping.accepted(owner, deadline_sec=600)
    await skipping.env.fast_forward(run, timedelta(seconds=300))
    await skipping.phone.heal()

    await skipping.env.fast_forward(run, timedelta(seconds=270))

    assert len(await skipping.phone.prompt_attempts("whatsapp", candidate["id"])) == 2
