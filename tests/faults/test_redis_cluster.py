"""The script keeps the rules of a cluster, where a node knows its own keys alone."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.redis.chats import RedisChats
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.subjects import Subject, Telling
from domain.sending.slots import Lane, SlotStatus
from tests.harness.slots import again, question, slots_of
from tests.harness.valkeys import ask, running_cluster


@pytest.fixture
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Redis]:
    async with running_cluster(tmp_path_factory.mktemp("cluster")) as redis:
        yield redis


@pytest.mark.parametrize("lane", Lane)
async def test_each_call_names_every_key_it_touches_and_all_share_a_node(node: Redis, lane: Lane) -> None:
    """Repeated, told to wait for the recipient or for the brand alone, too late, and left."""
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
