"""What the chats of the tests' owners were last told, as the product remembers it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.redis.chats import RedisChats
from adapters.redis.connection import connect
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation import bare_words
from domain.decision import Outcome
from tests.harness.core import CandidateBody
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack


def chat_of(channel: str, owner: Owner) -> Approver:
    return Approver.read(Channel(channel), owner.address(channel))


@asynccontextmanager
async def memories(stack: Stack) -> AsyncIterator[RedisChats]:
    async with connect(stack.environment["REDIS_URL"]) as redis:
        yield RedisChats(redis)


async def until_whole(stack: Stack, channel: str, owner: Owner, candidate: CandidateBody) -> None:
    """Wait until something shows that all of a candidate reached the chat; nobody has had time to read it yet."""
    async with memories(stack) as chats:

        async def is_whole() -> bool:
            recollection = await chats.recall([chat_of(channel, owner)])
            assert recollection
            return recollection.whole_since(candidate["id"]) is not None

        await until(is_whole)


async def until_read(stack: Stack, channel: str, owner: Owner, candidate: CandidateBody) -> None:
    """Wait until a bare word written now is about the candidate: its owner has had time to read it."""
    async with memories(stack) as chats:

        async def is_read() -> bool:
            recollection = await chats.recall([chat_of(channel, owner)])
            assert recollection
            return bare_words.meant(recollection, Outcome.APPROVED, recollection.now) == candidate["id"]

        await until(is_read)
