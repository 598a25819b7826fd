"""Reads Redis's state, and tries what prompts need from it."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adapters.redis import gateway_texts
from adapters.redis.chats import RedisChats
from adapters.redis.failures import reason, unavailable
from adapters.redis.hints import CHANNEL
from adapters.redis.slots import RedisSlots
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import RedisUnavailableError
from domain.sending.slots import Lane, SlotQuestion

_NOBODY = "doctor"
_CHAT = Approver(Channel.IMESSAGE, _NOBODY)
_KEPT = timedelta(minutes=1)
_HEARD_WITHIN_SEC = 2.0


@dataclass(frozen=True)
class RedisMemory:
    """Redis's memory, in bytes.

    A `most` of 0 means no limit. A policy of None is not reported.
    """

    used: int
    most: int
    eviction_policy: str | None


@dataclass(frozen=True)
class RedisHealth:
    """`ahead` is how far its clock is ahead of ours. None means not reported."""

    memory: RedisMemory | None
    ahead: timedelta | None


async def read(redis: Redis) -> RedisHealth:
    """Reads Redis's state; managed servers forbid parts.

    Raises RedisUnavailableError if Redis does not answer at all.
    """
    try:
        await redis.ping()
        return RedisHealth(await _memory(redis), await _ahead(redis))
    except (RedisError, OSError) as error:
        raise unavailable(error) from None


async def read_memory(redis: Redis) -> RedisMemory:
    """Reads the memory use; raises RedisUnavailableError if Redis does not answer or report it."""
    try:
        told = await redis.info("memory")
    except (RedisError, OSError) as error:
        raise unavailable(error) from None
    if "used_memory" not in told:
        raise RedisUnavailableError("Redis does not report its memory use")
    return RedisMemory(int(told["used_memory"]), int(told.get("maxmemory", 0)), told.get("maxmemory_policy"))


async def try_script(redis: Redis, slots: RedisSlots) -> None:
    """Tries what each prompt needs; raises RedisUnavailableError. What remains in Redis expires."""
    await _try_slots(slots)
    await _try_chats(redis)


async def try_hints(redis: Redis) -> None:
    """Publishes a test hint and receives it; raises RedisUnavailableError."""
    hint = f"{_NOBODY}/{uuid4().hex}"
    try:
        async with redis.pubsub() as pubsub, asyncio.timeout(_HEARD_WITHIN_SEC):
            await pubsub.subscribe(CHANNEL)
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    await redis.publish(CHANNEL, hint)
                elif message["data"] == hint.encode():
                    return
    except (RedisError, OSError) as error:
        raise RedisUnavailableError(f"a hint does not arrive: {reason(error)}") from None


async def _try_slots(slots: RedisSlots) -> None:
    now = datetime.now(UTC)
    question = SlotQuestion(
        key=f"{_NOBODY}/{uuid4().hex}",
        lane=Lane.ANSWER,
        approver=_CHAT,
        brand_id=_NOBODY,
        accepted_at=now,
        latest_start=now + timedelta(minutes=1),
        asked_at=now,
    )
    await slots.ask(question)
    await slots.leave(question)


async def _try_chats(redis: Redis) -> None:
    """Notes a test message, takes it back, and stores a test text."""
    chats, key, gateway_text = RedisChats(redis), uuid4().hex, f"{gateway_texts.PREFIX}{_NOBODY}"
    await chats.begin(_CHAT, key, None)
    await chats.take_back(_CHAT, key)
    try:
        await redis.set(gateway_text, 1, ex=_KEPT)
        await redis.exists(gateway_text)
    except (RedisError, OSError) as error:
        raise unavailable(error) from None


async def _memory(redis: Redis) -> RedisMemory | None:
    try:
        return await read_memory(redis)
    except RedisUnavailableError:
        return None


async def _ahead(redis: Redis) -> timedelta | None:
    asked_at = time.time()
    try:
        seconds, microseconds = await redis.time()
    except ResponseError:
        return None
    middle = (asked_at + time.time()) / 2
    return timedelta(seconds=seconds + microseconds / 1_000_000 - middle)
