"""What the product remembers of the chats of the tests' owners."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from redis.asyncio.client import Pipeline

from adapters.redis.chats import RedisChats
from adapters.redis.connection import connect
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import Recollection
from domain.decision import Outcome
from tests.harness.core import CandidateBody
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

_TIME_TO_READ = timedelta(seconds=6)
"""Slightly longer than a bare word requires."""


def chat_of(channel: str, owner: Owner) -> Approver:
    return Approver.read(Channel(channel), owner.address(channel))


@asynccontextmanager
async def memories(stack: Stack) -> AsyncIterator[RedisChats]:
    async with connect(stack.environment["REDIS_URL"]) as redis:
        yield RedisChats(redis)


async def until_whole(stack: Stack, channel: str, owner: Owner, candidate: CandidateBody) -> None:
    """Waits for proof that the whole candidate arrived; nobody has had time to read it yet."""
    await _until_recalled(
        stack, chat_of(channel, owner), lambda recalled: recalled.whole_since(candidate["id"]) is not None
    )


async def until_read(stack: Stack, channel: str, owner: Owner, candidate: CandidateBody) -> None:
    """Waits until a bare word written now is about the candidate, because its owner could read it.

    It does not wait for those seconds, but makes the chat's memory older.
    """
    chat = chat_of(channel, owner)
    await until_whole(stack, channel, owner, candidate)
    await pass_time(stack, chat, seconds=_TIME_TO_READ.total_seconds())
    await _until_recalled(
        stack,
        chat,
        lambda recalled: bare_word_rule.meant(recalled, Outcome.APPROVED, recalled.now) == candidate["id"],
    )


async def _until_recalled(stack: Stack, chat: Approver, holds: Callable[[Recollection], bool]) -> None:
    async with memories(stack) as chats:

        async def recalled() -> Recollection:
            recollection = await chats.recall([chat])
            assert recollection
            return recollection

        await until(recalled, holds)


async def pass_time(stack: Stack, chat: Approver, *, seconds: float) -> None:
    """Lets time pass for a chat by making its memory older."""
    key, ms = f"chats:{{{chat.channel}}}:memory:{chat.handle}", round(seconds * 1000)

    async def made_older(pipeline: Pipeline) -> None:
        memory = json.loads(await pipeline.get(key) or "{}")
        pipeline.multi()  # type: ignore[no-untyped-call]  # redis-py does not type it
        pipeline.set(key, json.dumps(_older(memory, ms)), keepttl=True)

    async with connect(stack.environment["REDIS_URL"]) as redis:
        await redis.transaction(made_older, key)


def _older(remembered: Any, ms: int) -> Any:
    """Moves each moment back by this many milliseconds."""
    if isinstance(remembered, dict):
        return {name: _older(value, ms) for name, value in remembered.items()}
    if isinstance(remembered, list):
        return [_older(value, ms) for value in remembered]
    return remembered - ms if isinstance(remembered, int) else remembered
