"""A recipient's bucket limits prompts over all brands, without delaying other recipients."""

import asyncio

from redis.asyncio import Redis

from adapters.redis.slots import RedisSlots
from domain.sending.slots import Lane, SlotStatus
from tests.harness.slots import assert_spaced, assert_within_bucket, granted, hold, hold_all, question, slots_of

HARDLY = 0.001
"""Tokens per second, so few that none is added during a test."""


async def asked_once(slots: RedisSlots) -> str:
    """Returns a recipient whose bucket has just lost a token."""
    first = question()
    assert await granted(slots, first)
    return first.approver.handle


async def test_40_brands_that_name_one_recipient_share_its_bucket(redis: Redis) -> None:
    """They use the whole bucket and its refill, and each prompt is granted once."""
    slots = slots_of(redis, recipient_capacity=3, recipient_per_second=20)
    to = question().approver.handle

    grants = await hold_all(slots, [question(to=to) for _ in range(40)])

    assert len({grant.question.key for grant in grants}) == len(grants) == 40
    assert_within_bucket(grants, 3, 20)


async def test_40_brands_get_no_more_of_one_recipients_bucket_than_it_holds(redis: Redis) -> None:
    slots = slots_of(redis, recipient_capacity=3, recipient_per_second=HARDLY)
    to = question().approver.handle

    grants = await hold_all(slots, [question(to=to) for _ in range(40)])

    assert len(grants) == 3


async def test_earlier_accepted_go_first_whatever_their_brands(redis: Redis) -> None:
    slots = slots_of(redis, recipient_capacity=1, recipient_per_second=2)
    to = await asked_once(slots)
    in_order = [question(to=to, accepted=seconds) for seconds in range(-50, 0, 10)]

    grants = await hold_all(slots, [in_order[number] for number in (3, 0, 4, 2, 1)])

    assert [grant.question for grant in grants] == in_order


async def test_who_waits_for_its_recipient_holds_up_nobody_else_of_its_brand(redis: Redis) -> None:
    slots = slots_of(redis, spacing=0.2, recipient_capacity=1, recipient_per_second=0.1)
    to = await asked_once(slots)
    brand = question().brand_id
    stuck = [question(brand, accepted=-100, to=to) for _ in range(3)]
    assert {(await slots.ask(asked)).status for asked in stuck} == {SlotStatus.WAIT}

    grants = await asyncio.wait_for(hold_all(slots, [question(brand) for _ in range(4)]), timeout=5)

    assert_spaced(grants, 0.2)
    assert len(grants) == 4


async def test_token_is_kept_for_the_next_of_a_busy_brand_though_others_ask_first(redis: Redis) -> None:
    """Otherwise a recipient whose slots never coincide with the brand's would never be prompted."""
    slots = slots_of(redis, spacing=1.5, recipient_capacity=1, recipient_per_second=4)
    to = await asked_once(slots)
    patient = question(accepted=-10, to=to)
    token = await slots.ask(patient)
    assert token.status is SlotStatus.WAIT
    assert await granted(slots, question(patient.brand_id)), "the brand was free"
    await asyncio.sleep(token.wait.total_seconds())

    assert (await slots.ask(patient)).status is SlotStatus.WAIT, "the brand is busy"
    assert (await slots.ask(question(to=to))).status is SlotStatus.WAIT, "the token is another's"

    assert await hold(slots, patient)
    assert await hold(slots, question(to=to))


async def test_recipient_whose_bucket_stays_empty_is_not_prompted_in_time(redis: Redis) -> None:
    slots = slots_of(redis, recipient_capacity=1, recipient_per_second=HARDLY)
    to = await asked_once(slots)

    assert (await slots.ask(question(to=to))).status is SlotStatus.TOO_LATE


async def test_parts_and_receipts_take_none_of_the_recipients_tokens(redis: Redis) -> None:
    slots = slots_of(redis, recipient_capacity=2, recipient_per_second=HARDLY)
    to = await asked_once(slots)
    for _ in range(3):
        assert await granted(slots, question(to=to, lane=Lane.CHAT))

    assert await granted(slots, question(to=to))
    assert not await granted(slots, question(to=to))


async def test_repeated_question_takes_no_second_token_of_the_recipient(redis: Redis) -> None:
    """This includes others of its brand starting in between.

    Then it waits for its turn, and finds its token.
    """
    slots = slots_of(redis, spacing=0.5, recipient_capacity=2, recipient_per_second=HARDLY)
    asked = question(lasts=10)
    for _ in range(4):
        assert await granted(slots, asked)
    assert await hold(slots, question(asked.brand_id))

    assert (await slots.ask(asked)).status is SlotStatus.WAIT
    assert await hold(slots, asked)

    to = asked.approver.handle
    assert await granted(slots, question(to=to))
    assert not await granted(slots, question(to=to))


async def test_who_leaves_holds_no_place_at_the_recipient(redis: Redis) -> None:
    slots = slots_of(redis, recipient_capacity=1, recipient_per_second=0.1)
    to = await asked_once(slots)
    waiting = [question(to=to, accepted=seconds) for seconds in (-20, -10)]
    assert [(await slots.ask(asked)).ahead for asked in [*waiting, question(to=to)]] == [0, 1, 2]

    for asked in waiting:
        await slots.leave(asked)

    assert (await slots.ask(question(to=to))).ahead == 1


async def test_every_key_expires(redis: Redis) -> None:
    await redis.flushall()
    slots = slots_of(redis, recipient_capacity=1, recipient_per_second=HARDLY)
    to = await asked_once(slots)
    await asyncio.gather(*(slots.ask(question(to=to, lasts=5000)) for _ in range(3)))

    keys = [key.decode() async for key in redis.scan_iter()]

    assert len([key for key in keys if ":recipient-" in key]) == 3
    for key in keys:
        assert await redis.pttl(key) > 0, key
