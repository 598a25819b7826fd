"""What Redis says of itself, and whether it can do what the slots ask of it."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adapters.redis_slots import RedisSlots
from domain.candidate import Approver, Channel
from domain.errors import SlotsUnavailableError
from domain.slots import Lane, SlotQuestion

_NOBODY = "doctor"


@dataclass(frozen=True)
class RedisReport:
    """In bytes; a maximum of 0 is none. `ahead` is its clock before ours. None is what it does not tell."""

    memory: int
    memory_max: int
    eviction_policy: str | None
    ahead: timedelta | None


async def report(redis: Redis) -> RedisReport:
    """Ask; managed servers forbid some of it. Raises SlotsUnavailableError if it does not answer at all."""
    try:
        await redis.ping()
        memory: dict[str, Any] = await _told(redis.info("memory")) or {}
        asked_at = time.time()
        told = await _told(redis.time())
    except (RedisError, OSError) as error:
        raise SlotsUnavailableError(f"Redis does not answer: {type(error).__name__}") from None
    middle = (asked_at + time.time()) / 2
    return RedisReport(
        memory=memory.get("used_memory", 0),
        memory_max=memory.get("maxmemory", 0),
        eviction_policy=memory.get("maxmemory_policy"),
        ahead=timedelta(seconds=told[0] + told[1] / 1_000_000 - middle) if told else None,
    )


async def try_script(slots: RedisSlots) -> None:
    """Ask for a slot that nobody needs, and leave; raises SlotsUnavailableError. What remains in Redis expires."""
    now = datetime.now(UTC)
    question = SlotQuestion(
        key=f"{_NOBODY}/{uuid4().hex}",
        lane=Lane.ANSWER,
        approver=Approver(Channel.IMESSAGE, _NOBODY),
        brand_id=_NOBODY,
        accepted_at=now,
        latest_start=now + timedelta(minutes=1),
    )
    await slots.ask(question)
    await slots.leave(question)


async def _told(answer: Awaitable[Any]) -> Any:
    """Give what the server tells; None if it answers that we may not know."""
    try:
        return await answer
    except ResponseError:
        return None
