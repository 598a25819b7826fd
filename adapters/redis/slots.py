"""Slots in Redis: one script, one atomic step, Redis's own time."""

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
"""A start is remembered for so long: the spacing that counts is the one at the next question."""

_MOST_DELAY = timedelta(minutes=1)
"""Of a question that is asked again at its latest start."""

_SCRIPT = Path(__file__).with_name("acquire_slot.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
"""The name that Redis gives to the script."""
_MILLISECOND = timedelta(milliseconds=1)
_REMEMBERED = str(LONGEST_SPACING / _MILLISECOND)
_STATUSES = (SlotStatus.GO, SlotStatus.WAIT, SlotStatus.TOO_LATE)


@dataclass(frozen=True)
class RecipientLimits:
    """A recipient's bucket of prompts on a channel, over all brands, and the least time between two messages to it."""

    capacity: int
    refill_per_hour: float
    spacing: timedelta

    @cached_property
    def arguments(self) -> tuple[bytes, ...]:
        """As the script takes them."""
        return _encoded(self.spacing / _MILLISECOND, self.capacity, 3_600_000 / self.refill_per_hour)


@dataclass(frozen=True)
class Limits:
    """A brand's bucket on a channel, and the least time between two of its prompts there."""

    capacity: int
    refill_per_minute: float
    spacing: timedelta

    @cached_property
    def arguments(self) -> tuple[bytes, ...]:
        """As the script takes them."""
        return _encoded(self.capacity, 60_000 / self.refill_per_minute, self.spacing / _MILLISECOND)


class SlotLimits(Protocol):
    """The limits, asked for at each question: they may change meanwhile."""

    def limits(self, brand_id: str, channel: Channel) -> Limits:
        """A brand's."""

    def recipient_limits(self) -> RecipientLimits:
        """Every recipient's."""


async def check(redis: Redis) -> None:
    """Return if Redis answers; raises RedisUnavailableError."""
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise unavailable(error) from None


class RedisSlots:
    def __init__(self, redis: Redis, limits: SlotLimits) -> None:
        self._redis = redis
        self._limits = limits

    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        """See acquire_slot.lua for what is decided; a script that Redis forgot is loaded again."""
        if question.topic and not await self._is_newest(question, question.topic):
            return SlotAnswer(SlotStatus.SUPERFLUOUS)
        recipient = self._limits.recipient_limits()
        limits = self._limits_of(question, recipient)
        keys = _keys(question)
        moments = question.accepted_at, question.latest_start, question.asked_at
        told = question.key, *map(_milliseconds, moments), _REMEMBERED
        # What redis-py's script object and encoder do as well, but at more cost than all the rest of this.
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
        """Note a question on its topic; those that were accepted before the newest lose their places in the queue."""
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
    """Name the keys of a question as the script knows them; the braces are the cluster's hash tag.

    They end with what they are of, for a brand's id may hold colons.
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
    """Name the queues, three keys each, that a question may stand in."""
    keys = _keys(question)
    return [keys[first : first + 3] for first in range(3, len(keys), 3)]


def _encoded(*numbers: float) -> tuple[bytes, ...]:
    """As redis-py would at each question."""
    return tuple(repr(number).encode() for number in numbers)


def _milliseconds(moment: datetime | None) -> str:
    return str(round(moment.timestamp() * 1000)) if moment else ""
