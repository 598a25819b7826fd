"""The order of questions that wait for a slot."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from adapters.redis.slots import RedisSlots
from domain.sending.slots import SlotQuestion, SlotStatus
from tests.harness.processes import until_clock
from tests.harness.slots import assert_spaced, granted, hold, hold_all, question, slots_of

SPACING = 0.3
LONG_SPACING = 10
"""A spacing for tests that do not wait for a slot."""


@pytest.fixture
def slots(redis: Redis) -> RedisSlots:
    return slots_of(redis, spacing=SPACING)


@pytest.fixture
def slow_slots(redis: Redis) -> RedisSlots:
    return slots_of(redis, spacing=LONG_SPACING)


async def busy_brand(slots: RedisSlots) -> str:
    """Returns a brand whose slot has just been taken."""
    first = question(accepted=-1000)
    assert await granted(slots, first)
    return first.brand_id


async def waiting(slots: RedisSlots, brand_id: str, accepted: float, lasts: float = 60) -> SlotQuestion:
    """Returns a question that was told to ask again."""
    asked = question(brand_id, accepted=accepted, lasts=lasts)
    assert (await slots.ask(asked)).status is SlotStatus.WAIT
    return asked


async def test_earlier_accepted_go_first_each_once_and_spaced(slots: RedisSlots) -> None:
    brand = await busy_brand(slots)
    in_order = [question(brand, accepted=seconds) for seconds in range(-60, 0, 10)]

    grants = await hold_all(slots, [in_order[number] for number in (3, 5, 0, 4, 2, 1)])

    assert [grant.question for grant in grants] == in_order
    assert_spaced(grants, SPACING)


async def test_answer_says_how_many_are_ahead(slow_slots: RedisSlots) -> None:
    brand = await busy_brand(slow_slots)
    await waiting(slow_slots, brand, accepted=-20)
    await waiting(slow_slots, brand, accepted=-10)

    assert (await slow_slots.ask(question(brand))).ahead == 2
    assert (await slow_slots.ask(question(brand, accepted=-15))).ahead == 1


async def test_question_repeated_too_early_takes_nobodys_place(slow_slots: RedisSlots) -> None:
    brand = await busy_brand(slow_slots)
    await waiting(slow_slots, brand, accepted=-20)
    later = await waiting(slow_slots, brand, accepted=-10)

    assert (await slow_slots.ask(later)).ahead == 1
    assert (await slow_slots.ask(later)).ahead == 1


async def test_slot_after_the_latest_start_is_too_late(slow_slots: RedisSlots) -> None:
    brand = await busy_brand(slow_slots)

    assert (await slow_slots.ask(question(brand, lasts=LONG_SPACING / 2))).status is SlotStatus.TOO_LATE
    assert (await slow_slots.ask(question(lasts=-0.01))).status is SlotStatus.TOO_LATE
    assert (await slow_slots.ask(question(brand, lasts=LONG_SPACING * 2))).status is SlotStatus.WAIT


async def test_who_left_or_has_no_time_left_holds_no_place(slots: RedisSlots) -> None:
    brand = await busy_brand(slots)
    for accepted in range(-60, -20, 10):
        await slots.leave(await waiting(slots, brand, accepted))
    assert (await slots.ask(question(brand, accepted=-15))).ahead == 0
    short = await waiting(slots, brand, accepted=-18, lasts=SPACING * 1.05)
    await until_clock(short.latest_start)

    assert (await slots.ask(question(brand, accepted=-16))).ahead == 0


async def test_ghosts_delay_others_only_briefly(slots: RedisSlots) -> None:
    """A ghost should ask again, does not, and has not left the queue."""
    brand = await busy_brand(slots)
    for accepted in range(-60, 0, 10):
        await waiting(slots, brand, accepted)

    grants = await asyncio.wait_for(hold_all(slots, [question(brand), question(brand, accepted=5)]), timeout=6)

    assert [grant.question.brand_id for grant in grants] == [brand, brand]


async def test_after_an_outage_nobody_is_overtaken_whoever_comes_back_first(slots: RedisSlots) -> None:
    brand = await busy_brand(slots)
    in_order = [await waiting(slots, brand, accepted) for accepted in range(-50, 0, 10)]
    await until_clock(datetime.now(UTC) + timedelta(seconds=6 * SPACING))
    grants = await hold_all(slots, reversed(in_order))

    assert [grant.question for grant in grants] == in_order
    assert_spaced(grants, SPACING)


async def test_who_comes_back_late_is_overtaken_but_keeps_the_place_by_acceptance(slots: RedisSlots) -> None:
    brand = await busy_brand(slots)
    late = await waiting(slots, brand, accepted=-30)
    second, third = question(brand, accepted=-20), question(brand, accepted=-10)
    first_grant = asyncio.create_task(hold(slots, second))
    last = asyncio.create_task(hold(slots, third))

    overtaken_by = await first_grant
    grants = [overtaken_by, await hold(slots, late), await last]

    assert all(grants)
    assert_spaced([grant for grant in grants if grant], SPACING)
    assert grants == sorted((grant for grant in grants if grant), key=lambda grant: grant.answered)


@pytest.mark.parametrize(("overdue_sec", "waits"), [(50, True), (70, False)])
async def test_who_is_late_overtakes_only_those_overdue_by_a_minute(
    slots: RedisSlots, redis: Redis, overdue_sec: int, *, waits: bool
) -> None:
    """The two are overdue as after an outage of that length."""
    brand = await busy_brand(slots)
    ghost = await waiting(slots, brand, accepted=-20, lasts=200)
    late = await waiting(slots, brand, accepted=-10, lasts=200)
    await until_clock(datetime.now(UTC) + timedelta(seconds=SPACING))
    now_ms = datetime.now(UTC).timestamp() * 1000
    due = {ghost.key: now_ms - overdue_sec * 1000, late.key: now_ms - 5000}
    await redis.hset(f"slots:{{whatsapp}}:brand-due:{brand}", mapping=dict[Any, Any](due))

    assert (await slots.ask(late)).status is (SlotStatus.WAIT if waits else SlotStatus.GO)


async def test_newest_on_a_topic_takes_the_place_of_those_before_it(slow_slots: RedisSlots) -> None:
    first = replace(question(await busy_brand(slow_slots), accepted=-30), topic="which one")
    second, newest, other = (
        replace(first, key=f"{first.key}/{topic}{seconds}", accepted_at=first.accepted_at + seconds, topic=topic)
        for topic, seconds in (
            ("which one", timedelta(seconds=10)),
            ("which one", timedelta(seconds=20)),
            ("help", timedelta(seconds=25)),
        )
    )
    assert (await slow_slots.ask(second)).status is SlotStatus.WAIT
    assert (await slow_slots.ask(first)).status is SlotStatus.SUPERFLUOUS
    assert (await slow_slots.ask(other)).ahead == 1

    assert (await slow_slots.ask(newest)).ahead == 0
    assert [(await slow_slots.ask(each)).status for each in (first, second)] == [SlotStatus.SUPERFLUOUS] * 2
    assert (await slow_slots.ask(other)).ahead == 1
    assert (await slow_slots.ask(newest)).status is SlotStatus.WAIT


async def test_topics_of_two_chats_are_kept_apart(slots: RedisSlots) -> None:
    first, second = (replace(question(accepted=seconds), topic="help") for seconds in (-10, -5))

    assert first.approver != second.approver
    assert await granted(slots, second)
    assert await granted(slots, first)
