"""Slots in Redis, granted by one script in one atomic step, with Redis's own time."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from adapters.redis.failures import unavailable
from domain.channels import Channel
from domain.sending.slots import Lane, SlotAnswer, SlotQuestion, SlotStatus

ANSWER_SPACING = timedelta(seconds=10)
LONGEST_SPACING = timedelta(hours=24)
"""How long a start is remembered, because the spacing at the next question applies to it."""

_MOST_DELAY = timedelta(minutes=1)
"""The longest delay of a question that is asked again at its latest start."""

_SCRIPT = Path(__file__).with_name("acquire_slot.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
"""The script's name in Redis."""
_MILLISECOND = timedelta(milliseconds=1)
_REMEMBERED = str(LONGEST_SPACING / _MILLISECOND)
_STATUSES = (SlotStatus.GO, SlotStatus.WAIT, SlotStatus.TOO_LATE)


@dataclass(frozen=True)
class RecipientLimits:
    """A recipient's bucket of prompts on a channel, and the least time between two messages to it.

    The bucket covers all brands.
    """

    capacity: int
    refill_per_hour: float
    spacing: timedelta

    @cached_property
    def arguments(self) -> tuple[bytes, ...]:
        """The limits as arguments of the script."""
        return _encoded(self.spacing / _MILLISECOND, self.capacity, 3_600_000 / self.refill_per_hour)


@dataclass(frozen=True)
class Limits:
    """A brand's bucket on a channel, and the least time between two of its prompts there."""

    capacity: int
    refill_per_minute: float
    spacing: timedelta

    @cached_property
    def arguments(self) -> tuple[bytes, ...]:
        """The limits as arguments of the script."""
        return _encoded(self.capacity, 60_000 / self.refill_per_minute, self.spacing / _MILLISECOND)


class SlotLimits(Protocol):
    """The limits, read for each question, because they can change."""

    def limits(self, brand_id: str, channel: Channel) -> Limits:
        """Returns a brand's limits."""

    def recipient_limits(self) -> RecipientLimits:
        """Returns the limits of every recipient."""


async def check(redis: Redis) -> None:
    """Pings Redis; raises RedisUnavailableError."""
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise unavailable(error) from None


class RedisSlots:
    def __init__(self, redis: Redis, limits: SlotLimits) -> None:
        self._redis = redis
        self._limits = limits

    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        """Runs acquire_slot.lua, which has the rules.

        Loads the script again if Redis has lost it.
        """
        if question.topic and not await self._is_newest(question, question.topic):
            return SlotAnswer(SlotStatus.SUPERFLUOUS)
        recipient = self._limits.recipient_limits()
        limits = self._limits_of(question, recipient)
        keys = _keys(question)
        moments = question.accepted_at, question.latest_start, question.asked_at
        told = question.key, *map(_milliseconds, moments), _REMEMBERED
        # redis-py's script object and encoder would do this too, but at a higher cost than the rest
        # of this method.
        arguments = (*map(str.encode, (*keys, *told)), *limits.arguments, *recipient.arguments)
        try:
            try:
                status, wait, ahead = await self._redis.evalsha(_SHA, len(keys), *arguments)
            except NoScriptError:
                await self._redis.script_load(_SCRIPT)
                status, wait, ahead = await self._redis.evalsha(_SHA, len(keys), *arguments)
        except (RedisError, OSError) as error:
            raise unavailable(error) from None
        return SlotAnswer(_STATUSES[status], wait * _MILLISECOND, ahead)

    async def leave(self, question: SlotQuestion) -> None:
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for waiting, latest, due in _queues(question):
                    pipeline.zrem(waiting, question.key)
                    pipeline.zrem(latest, question.key)
                    pipeline.hdel(due, question.key)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            raise unavailable(error) from None

    async def _is_newest(self, question: SlotQuestion, topic: str) -> bool:
        """Notes a question on its topic; older ones lose their places in the queue.

        Returns whether it is the newest.
        """
        key = f"slots:{{{question.approver.channel}}}:topic:{question.approver.handle}:{topic}"
        lasts = question.latest_start - question.accepted_at + _MOST_DELAY
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.zadd(key, {question.key: question.accepted_at.timestamp()})
                pipeline.zrangebyscore(key, "-inf", "+inf")
                pipeline.pexpire(key, lasts)
                _, found, _ = await pipeline.execute()
        except (RedisError, OSError) as error:
            raise unavailable(error) from None
        *older, newest = (each.decode() for each in found)
        for each in older:
            await self.leave(replace(question, key=each))
        return bool(newest == question.key)

    def _limits_of(self, question: SlotQuestion, recipient: RecipientLimits) -> Limits:
        if question.lane is Lane.BRAND:
            return self._limits.limits(question.brand_id, question.approver.channel)
        spacing = ANSWER_SPACING if question.lane is Lane.ANSWER else recipient.spacing
        return Limits(capacity=0, refill_per_minute=1, spacing=spacing)


def _keys(question: SlotQuestion) -> list[str]:
    """Returns a question's keys in the script's order; the braces mark the cluster's hash tag.

    Each key ends with its owner, because a brand's id can contain colons.
    """
    handle = question.approver.handle
    chats = f"slots:{{{question.approver.channel}}}"
    lane = f"{chats}:{question.lane}"
    owner = question.brand_id if question.lane is Lane.BRAND else handle
    keys = [f"{lane}:{owner}", f"{chats}:chat:{handle}", f"{chats}:paid:{question.key}", *_queue(lane, owner)]
    if question.lane is Lane.BRAND:
        keys += _queue(f"{chats}:recipient", handle)
    return keys


def _queue(name: str, owner: str) -> tuple[str, str, str]:
    return f"{name}-waiting:{owner}", f"{name}-latest:{owner}", f"{name}-due:{owner}"


def _queues(question: SlotQuestion) -> list[list[str]]:
    """Returns the queues, three keys each, in which a question can wait."""
    keys = _keys(question)
    return [keys[first : first + 3] for first in range(3, len(keys), 3)]


def _encoded(*numbers: float) -> tuple[bytes, ...]:
    """Encodes numbers as redis-py would, but once instead of for each question."""
    return tuple(repr(number).encode() for number in numbers)


def _milliseconds(moment: datetime | None) -> str:
    return str(round(moment.timestamp() * 1000)) if moment else ""
