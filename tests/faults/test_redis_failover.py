"""The primary of Redis is lost, and its sentinels promote the replica."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from adapters.redis.connection import connect
from tests.harness.phone import TARGETS
from tests.harness.queued import CHANNELS, accepted, all_are_prompted_once_and_decided
from tests.harness.slots import granted, question, slots_of
from tests.harness.stack import Stack, running_stack
from tests.harness.valkeys import Replicated, replicated

SPACING = 1.0
JITTER = 0.6
"""Seconds of tolerance, because the phone records when a message arrives, not its slot."""


@pytest.fixture
async def redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replicated]:
    servers = replicated(tmp_path_factory.mktemp("valkeys"))
    yield servers
    for process in servers.others:
        await process.kill()


@pytest.fixture
async def gateway(redis: Replicated, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("failover")
    async with running_stack(folder, redis.primary, REDIS_URL=redis.url, MIN_SPACING_SEC=str(SPACING)) as stack:
        await redis.start()
        yield stack


@pytest.mark.parametrize("lost_by", ["kill", "freeze"])
async def test_waiting_candidates_are_prompted_once_by_the_replicas_slots_when_the_primary_is_lost(
    gateway: Stack, redis: Replicated, lost_by: str
) -> None:
    candidates = await accepted(gateway, 6)
    for channel in CHANNELS:
        await gateway.phone.until_prompted(channel, next(iter(candidates)))

    if lost_by == "kill":
        await redis.primary.kill()
    else:
        redis.primary.freeze()
    await redis.until_promoted()
    if lost_by == "freeze":
        redis.primary.thaw()
    candidates |= await accepted(gateway, 1)

    await all_are_prompted_once_and_decided(gateway, candidates)
    for channel in CHANNELS:
        attempts = await gateway.phone.attempts(TARGETS[channel], contains="Id: ")
        arrivals = [attempt["at"] for attempt in attempts if any(id_ in attempt["body"] for id_ in candidates)]
        too_close = [one for one, next_one in pairwise(arrivals) if next_one - one < SPACING - JITTER]
        assert len(too_close) <= 1, "replication can lose only one start"


async def test_200_callers_at_once_find_the_primary_though_one_sentinel_hangs_and_one_is_gone(
    redis: Replicated,
) -> None:
    """Callers wait for a connection when there are fewer connections than callers."""
    await redis.primary.start()
    try:
        await redis.start()
        _, hanging, gone, _ = redis.others
        hanging.freeze()
        await gone.kill()
        async with connect(redis.url) as client:
            slots = slots_of(client)
            asked = [question() for _ in range(200)]
            async with asyncio.timeout(15):
                answers = await asyncio.gather(*(granted(slots, one) for one in asked))
    finally:
        await redis.primary.kill()

    assert all(answers)
