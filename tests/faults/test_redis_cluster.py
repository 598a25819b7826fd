"""A cluster is refused on every channel; the script follows a cluster's rules all the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.redis import client_limits
from adapters.redis.chats import RedisChats
from adapters.redis.connection import connect
from adapters.redis.failures import RedisFault
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.subjects import Subject, Telling
from domain.errors import RedisUnavailableError
from domain.sending.slots import Lane, SlotStatus
from tests.harness.processes import run_python
from tests.harness.slots import again, question, slots_of
from tests.harness.stack import environment, load
from tests.harness.valkeys import ask, running_cluster, server_url
from tools.doctor import redis_checks
from tools.doctor.findings import Health

PROCESSES = ("api", "worker", "standalone")


@pytest.fixture
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Redis]:
    async with running_cluster(tmp_path_factory.mktemp("cluster")) as redis:
        yield redis


@pytest.fixture
async def cluster_url(tmp_path: Path) -> AsyncIterator[str]:
    async with running_cluster(tmp_path, nodes=3) as redis:
        yield server_url(redis.connection_pool.connection_kwargs["port"])


@pytest.mark.parametrize("options", ["", "?protocol=2"], ids=["RESP3", "RESP2"])
async def test_cluster_stops_the_start_of_each_process_in_one_line_and_is_named_by_the_doctor(
    cluster_url: str, options: str
) -> None:
    settings = environment(REDIS_URL=cluster_url + options)

    ends = await asyncio.gather(*(run_python("-m", name, environment=settings) for name in PROCESSES))
    findings = {finding.check: finding async for finding in redis_checks.check(load(settings))}

    for code, output in ends:
        assert (code, output.splitlines()[-1]) == (2, f"REDIS_URL cannot be used: {RedisFault.CLUSTER}")
        assert "Traceback" not in output
    assert findings["redis.connection"].health is Health.PROBLEM
    assert RedisFault.CLUSTER in findings["redis.connection"].says
    assert "REDIS_URL" in findings["redis.connection"].fix


async def test_cluster_that_appears_later_is_named_on_every_channel(cluster_url: str) -> None:
    """The name in the URL can lead to another server while the gateway runs."""
    async with connect(cluster_url) as redis:
        slots = slots_of(redis)
        for channel in Channel:
            asked = replace(question(), approver=Approver(channel, "+15550000001"))
            with pytest.raises(RedisUnavailableError, match=RedisFault.CLUSTER):
                await slots.ask(asked)
        with pytest.raises(RedisUnavailableError, match=RedisFault.CLUSTER):
            await client_limits.check(redis)


@pytest.mark.parametrize("lane", Lane)
async def test_each_call_names_every_key_it_touches_and_all_share_a_node(node: Redis, lane: Lane) -> None:
    """The calls repeat a question, wait for recipient or brand, are too late, or leave a queue."""
    slots = slots_of(
        node, capacity=1, per_second=0.1, spacing=5, chat_spacing=5, recipient_capacity=1, recipient_per_second=0.1
    )
    first = question(lane=lane)
    elsewhere = question(first.brand_id, lane=lane)
    waiting, late = again(first), question(first.brand_id, to=first.approver.handle, lane=lane, lasts=0.001)

    async with node.monitor() as commands:
        answers = [(await slots.ask(asked)).status for asked in (first, first, waiting, waiting, late)]
        for asked in (waiting, elsewhere):
            await slots.ask(elsewhere)
            await slots.leave(asked)
        await node.echo("end")
        seen = []
        while not (command := await commands.next_command())["command"].startswith("ECHO"):
            seen.append((command["client_type"], command["command"].split()))

    assert answers == [SlotStatus.GO, SlotStatus.GO, SlotStatus.WAIT, SlotStatus.WAIT, SlotStatus.TOO_LATE]
    calls = [words for _, words in seen if words[0] in {"EVAL", "EVALSHA"}]
    named = {key for words in calls for key in words[3 : 3 + int(words[2])]}
    touched = {words[1] for client, words in seen if client == "lua" and words[0] != "TIME"}
    assert len(calls) >= 5
    assert touched <= named
    assert touched
    assert len({await ask(node, "CLUSTER", "KEYSLOT", key) for key in named}) == 1


async def test_memories_of_a_persons_chats_share_a_node(node: Redis) -> None:
    chats, senders = RedisChats(node), [Approver(Channel.WHATSAPP, handle) for handle in ("+15551", "US.1", "+5255")]

    for sender in senders:
        await chats.begin(sender, "cr_1/prompt/whatsapp/1/1", Subject("cr_1", Telling.WHOLE))
    recollection = await chats.recall(senders)

    assert recollection
    assert len(recollection.shown) == len(senders)
