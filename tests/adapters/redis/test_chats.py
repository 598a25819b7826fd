"""Redis keeps a chat's memory whole, for a limited time, and may lose notes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.redis.chats import RedisChats
from adapters.redis.connection import connect
from domain.candidate import Approver
from domain.conversation.chat_memory import Brake
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome
from domain.errors import RedisUnavailableError
from tests.harness.chats import chat_of
from tests.harness.phone import Owner
from tests.harness.processes import free_port
from tests.harness.stack import Stack

WHOLE, END = Subject("cr_1", Telling.WHOLE), Subject("cr_2", Telling.END, ("cr_3",))


@pytest.fixture
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    async with connect(stack.environment["REDIS_URL"]) as redis:
        yield redis


@pytest.fixture
def chat() -> Approver:
    return chat_of("whatsapp", Owner())


async def test_memory_is_read_as_it_was_noted(redis: Redis, chat: Approver) -> None:
    chats = RedisChats(redis)
    await chats.begin(chat, "cr_1/prompt/whatsapp/1/1", WHOLE)
    await chats.arrive(chat, "cr_1/prompt/whatsapp/1/1")
    await chats.begin(chat, "cr_2/message/whatsapp/1", END)
    await chats.hear(chat, Outcome.APPROVED)
    await chats.miss(chat, "whatsapp/SM1", is_owner=False)
    assert await chats.may_answer(chat, "whatsapp/SM2", Brake.QUESTIONS)

    recollection = await chats.recall([chat])

    assert recollection
    ((key, shown),) = recollection.shown
    assert (key, shown.candidate_id, shown.telling) == ("cr_1/prompt/whatsapp/1/1", "cr_1", Telling.WHOLE)
    assert recollection.whole_since("cr_1") == shown.arrived_at
    assert recollection.last
    assert (recollection.last.subject, recollection.last.arrived_at) == (END, None)
    assert recollection.verdict
    assert recollection.verdict.outcome is Outcome.APPROVED
    assert recollection.first_received("whatsapp/SM1")
    assert recollection.chats[0].answers[0].brake is Brake.QUESTIONS
    assert recollection.now > shown.began_at


async def test_buttons_are_known_by_their_id_also_after_the_end(redis: Redis, chat: Approver) -> None:
    chats = RedisChats(redis)
    key, subject = "cr_1/buttons/whatsapp/1", Subject("cr_1", Telling.PART)
    await chats.begin(chat, key, subject)
    await chats.arrive(chat, key, subject, "SM1")
    await chats.say(chat, "answer/1", Subject("cr_1", Telling.END))

    recollection = await chats.recall([chat])

    assert recollection
    assert (recollection.with_buttons("SM1"), recollection.with_buttons("SM2")) == ("cr_1", None)


async def test_answer_and_the_verdict_in_it_are_noted_together(redis: Redis, chat: Approver) -> None:
    await RedisChats(redis).say(chat, "answer/SM1", END, Outcome.REJECTED)

    recollection = await RedisChats(redis).recall([chat])
    assert recollection
    assert recollection.last
    assert recollection.verdict
    assert (recollection.last.subject, recollection.verdict.outcome) == (END, Outcome.REJECTED)
    assert recollection.last.began_at == recollection.verdict.at


async def test_of_a_stranger_no_message_is_kept_that_could_not_be_taken(redis: Redis, chat: Approver) -> None:
    chats = RedisChats(redis)

    await chats.miss(chat, "whatsapp/SM1", is_owner=False)
    assert [key async for key in redis.scan_iter(match=f"chats:*{chat.handle}")] == []
    await chats.miss(chat, "whatsapp/SM1", is_owner=True)

    recollection = await chats.recall([chat])
    assert recollection
    assert recollection.first_received("whatsapp/SM1")


async def test_notes_at_the_same_moment_are_all_kept(redis: Redis, chat: Approver) -> None:
    chats = RedisChats(redis)

    await asyncio.gather(
        *(chats.begin(chat, f"cr_{n}/prompt/whatsapp/1/1", Subject(f"cr_{n}", Telling.WHOLE)) for n in range(20))
    )

    recollection = await chats.recall([chat])
    assert recollection
    assert len(recollection.untold) == 20


async def test_memory_expires_by_itself(redis: Redis, chat: Approver) -> None:
    await RedisChats(redis).begin(chat, "cr_1/prompt/whatsapp/1/1", WHOLE)

    (key,) = [key async for key in redis.scan_iter(match=f"chats:*{chat.handle}")]

    assert 0 < await redis.pttl(key) <= 90 * 24 * 3600 * 1000


@pytest.mark.parametrize("written", [b"[]", b"{", b'{"last": 1}', b'{"shown": {"a": ["cr_1", "newer", 1, 2]}}'])
async def test_memory_that_cannot_be_read_is_as_good_as_lost(redis: Redis, chat: Approver, written: bytes) -> None:
    await redis.set(f"chats:{{whatsapp}}:memory:{chat.handle}", written)

    recollection = await RedisChats(redis).recall([chat])

    assert recollection
    assert recollection.is_empty


async def test_without_redis_nothing_begins_and_nothing_else_fails(chat: Approver) -> None:
    failed: list[str] = []
    async with connect(f"redis://127.0.0.1:{free_port()}/0") as away:
        chats = RedisChats(away, failed.append)
        with pytest.raises(RedisUnavailableError):
            await chats.begin(chat, "cr_1/prompt/whatsapp/1/1", WHOLE)
        await chats.arrive(chat, "cr_1/prompt/whatsapp/1/1", WHOLE)
        await chats.take_back(chat, "cr_1/prompt/whatsapp/1/1")

        assert await chats.recall([chat]) is None
        assert await chats.may_answer(chat, "whatsapp/SM1", Brake.QUESTIONS)

    assert failed == ["note_chat", "note_chat", "note_chat", "read_chat", "note_chat"]
