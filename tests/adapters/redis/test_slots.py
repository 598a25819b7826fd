"""The rate limit's buckets and spacings, and its keys in Redis."""

import asyncio
import re
import time
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from domain.errors import RedisUnavailableError
from domain.sending.slots import Lane, SlotQuestion, SlotStatus
from tests.harness.processes import free_port, until
from tests.harness.slots import (
    MILLISECONDS,
    Grant,
    again,
    assert_spaced,
    assert_within_bucket,
    granted,
    hold,
    hold_all,
    question,
    slots_of,
)

HARDLY = 0.001
"""Tokens per second, so few that none is added during a test."""


async def test_200_concurrent_questions_share_one_bucket(redis: Redis) -> None:
    slots = slots_of(redis, capacity=3, per_second=2, spacing=0.2)
    asked = question(lasts=3)

    grants = await hold_all(slots, [asked, *(again(asked) for _ in range(199))])

    assert 3 <= len(grants) <= 3 + 3 * 2
    assert len({grant.question.key for grant in grants}) == len(grants)
    assert_spaced(grants, 0.2)


async def test_limits_that_are_loosened_or_tightened_hold_from_the_next_question(redis: Redis) -> None:
    """The bucket was emptied under other limits.

    It would have taken a quarter of an hour to refill.
    """
    tight = slots_of(redis, capacity=1, per_second=HARDLY)
    loose = slots_of(redis, capacity=3, per_second=10)
    asked = question(lasts=5)
    assert await granted(tight, asked)
    assert not await granted(tight, again(asked))

    assert len(await hold_all(loose, [again(asked) for _ in range(4)])) == 4
    assert not await granted(tight, again(asked))


async def test_recipient_is_left_in_peace_between_prompts_of_two_brands_parts_and_receipts(redis: Redis) -> None:
    slots = slots_of(redis, chat_spacing=0.3)
    prompt = question()
    to = prompt.approver.handle

    grants = await hold_all(slots, [prompt, question(to=to), question(to=to, lane=Lane.CHAT)])

    assert len(grants) == 3
    assert_spaced(grants, 0.3)


async def test_further_parts_and_receipts_wait_for_the_recipient_alone(redis: Redis) -> None:
    slots = slots_of(redis, capacity=2, per_second=HARDLY, spacing=0.1, chat_spacing=0.1)
    prompt = question()
    assert await granted(slots, prompt)

    parts = [question(prompt.brand_id, to=prompt.approver.handle, lane=Lane.CHAT) for _ in range(3)]
    assert len(await hold_all(slots, parts)) == 3

    assert await hold(slots, question(prompt.brand_id, lasts=5)), "the parts took the brand's tokens"
    assert await hold(slots, question(prompt.brand_id, lasts=5)) is None


async def test_answers_that_no_candidate_gives_are_ten_seconds_apart(redis: Redis) -> None:
    slots = slots_of(redis)
    first = question(lane=Lane.ANSWER)
    assert await granted(slots, first)

    answer = await slots.ask(again(first))

    assert answer.status is SlotStatus.WAIT
    assert timedelta(seconds=9) < answer.wait <= timedelta(seconds=10)


async def test_repeated_question_takes_no_second_token_however_late(redis: Redis) -> None:
    slots = slots_of(redis, capacity=2, per_second=HARDLY, spacing=0.5)
    asked = question(lasts=10)
    for _ in range(5):
        assert await granted(slots, asked)
    somebody_else = await hold(slots, again(asked))

    repeated = await slots.ask(asked)
    assert repeated.status is SlotStatus.WAIT, "somebody else has just been granted"
    late = await hold(slots, asked)

    assert somebody_else
    assert late
    assert_spaced([somebody_else, late], 0.5)
    assert await hold(slots, again(asked)) is None, "the bucket was empty"
    await redis.flushall()


async def test_starts_that_failed_over_an_outage_do_not_add_up_to_a_burst(redis: Redis) -> None:
    slots = slots_of(redis, capacity=2, per_second=4)
    first = question()
    second = again(first)
    for asked in (first, second):
        assert await granted(slots, asked)

    async def bucket_is_full() -> bool:
        seconds, microseconds = await redis.time()
        full_at = await redis.hget(f"slots:{{whatsapp}}:brand:{first.brand_id}", "full_at")
        return seconds * 1000 + microseconds / 1000 >= float(full_at or "inf")

    await until(bucket_is_full)
    grants = await hold_all(slots, [first, second, again(first), again(first)])

    assert grants[2].answered - grants[0].asked >= 0.25
    assert grants[3].answered - grants[0].asked >= 0.5


async def test_outage_of_the_provider_saves_up_no_burst(redis: Redis) -> None:
    """Retries follow Temporal's: each pause is twice the previous one.

    Everything is thirty times as fast.
    """
    slots = slots_of(redis, capacity=3, per_second=2, spacing=1 / 60)
    first = question()
    back_at = time.time() + 4

    async def sent(asked: SlotQuestion) -> Grant | None:
        pause = 1 / 30
        while (grant := await hold(slots, asked)) and grant.asked < back_at:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1)
        return grant

    starts = await asyncio.gather(*(sent(again(first)) for _ in range(9)))

    in_order = sorted((grant for grant in starts if grant), key=lambda grant: grant.answered)
    assert len(in_order) == 9
    assert_within_bucket(in_order, capacity=3, per_second=2)
    assert_spaced(in_order, 1 / 60)


async def test_fractions_of_a_token_are_kept(redis: Redis) -> None:
    slots = slots_of(redis, capacity=1, per_second=2)
    first = await hold(slots, asked := question())
    assert first
    waiting = again(asked)
    while True:
        at = time.time()
        answer = await slots.ask(waiting)
        if answer.status is SlotStatus.GO:
            break
        assert at + answer.wait.total_seconds() <= first.answered + 0.5 + MILLISECONDS, "asking puts it off"

    assert time.time() - first.asked >= 0.5


async def test_flushed_redis_means_a_full_bucket_and_the_script_is_loaded_again(redis: Redis) -> None:
    slots = slots_of(redis, capacity=1, per_second=HARDLY)
    asked = question()
    assert await granted(slots, asked)
    assert not await granted(slots, again(asked))

    await redis.flushall()
    await redis.script_flush()

    assert await granted(slots, again(asked))


async def test_server_that_became_a_replica_is_left_at_once(redis: Redis) -> None:
    """The host name may resolve to the primary next."""
    slots = slots_of(redis)
    connection = await redis.client_id()
    await redis.replicaof("127.0.0.1", free_port())
    try:
        with pytest.raises(RedisUnavailableError):
            await slots.ask(question())
        assert await redis.client_id() != connection
    finally:
        await redis.replicaof("NO", "ONE")

    assert await granted(slots, question())


async def test_every_key_expires_and_those_of_a_channel_live_on_one_node_of_a_cluster(redis: Redis) -> None:
    await redis.flushall()
    slots = slots_of(redis, capacity=1, per_second=HARDLY, spacing=1, chat_spacing=1)
    asked = question(lasts=5000)
    await asyncio.gather(*(slots.ask(again(asked)) for _ in range(5)))
    receipts = question(to=asked.approver.handle, lane=Lane.CHAT)
    await asyncio.gather(*(slots.ask(again(receipts)) for _ in range(5)))

    keys = [key.decode() async for key in redis.scan_iter()]

    assert len(keys) == 9
    assert {re.findall(r"\{(.*?)\}", key)[0] for key in keys} == {"whatsapp"}
    for key in keys:
        assert await redis.pttl(key) > 0, key


async def test_brand_whose_id_looks_like_part_of_another_is_a_brand_of_its_own(redis: Redis) -> None:
    slots = slots_of(redis, capacity=1, per_second=HARDLY)
    acme = question("acme")
    assert await granted(slots, acme)
    assert not await granted(slots, again(acme))

    for part in ("waiting", "latest", "due"):
        assert await granted(slots, question(f"acme:{part}"))
