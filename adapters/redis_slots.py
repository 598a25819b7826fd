"""Slots in Redis: one script, one atomic step, Redis's own time. Redis holds nothing else."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Protocol, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.candidate import Channel
from domain.errors import SlotsUnavailableError
from domain.slots import Lane, SlotAnswer, SlotQuestion, SlotStatus

ANSWER_SPACING = timedelta(seconds=10)

_SCRIPT = Path(__file__).with_name("acquire_slot.lua").read_text(encoding="utf-8")
_STATUSES = (SlotStatus.GO, SlotStatus.WAIT, SlotStatus.TOO_LATE)


@dataclass(frozen=True)
class RecipientLimits:
    """A recipient's bucket of prompts on a channel, over all brands, and the least time between two messages to it."""

    capacity: int
    refill_per_hour: float
    spacing: timedelta


@dataclass(frozen=True)
class Limits:
    """A brand's bucket on a channel, and the least time between two of its prompts there."""

    capacity: int
    refill_per_minute: float
    spacing: timedelta


class SlotLimits(Protocol):
    """The limits, asked for at each question: they may change meanwhile."""

    def limits(self, brand_id: str, channel: Channel) -> Limits:
        """A brand's."""

    def recipient_limits(self) -> RecipientLimits:
        """Every recipient's."""


async def check(redis: Redis) -> None:
    """Return if Redis answers; raises SlotsUnavailableError."""
    with _outages():
        await redis.ping()


class RedisSlots:
    def __init__(self, redis: Redis, limits: SlotLimits) -> None:
        self._redis = redis
        self._limits = limits
        self._script = redis.register_script(_SCRIPT)

    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        """See acquire_slot.lua for what is decided; a script that Redis forgot is loaded again."""
        recipient = self._limits.recipient_limits()
        limits = self._limits_of(question, recipient)
        args: list[str | float] = [
            question.key,
            _milliseconds(question.accepted_at),
            _milliseconds(question.latest_start),
            limits.capacity,
            60_000 / limits.refill_per_minute,
            limits.spacing / timedelta(milliseconds=1),
            recipient.spacing / timedelta(milliseconds=1),
            recipient.capacity,
            3_600_000 / recipient.refill_per_hour,
        ]
        with _outages():
            status, wait, ahead = await cast("Awaitable[list[int]]", self._script(keys=_keys(question), args=args))
        return SlotAnswer(_STATUSES[status], timedelta(milliseconds=wait), ahead)

    async def leave(self, question: SlotQuestion) -> None:
        with _outages():
            async with self._redis.pipeline(transaction=True) as pipeline:
                for waiting, latest, due in _queues(question):
                    pipeline.zrem(waiting, question.key)
                    pipeline.zrem(latest, question.key)
                    pipeline.hdel(due, question.key)
                await pipeline.execute()

    def _limits_of(self, question: SlotQuestion, recipient: RecipientLimits) -> Limits:
        if question.lane is Lane.BRAND:
            return self._limits.limits(question.brand_id, question.approver.channel)
        spacing = ANSWER_SPACING if question.lane is Lane.ANSWER else recipient.spacing
        return Limits(capacity=0, refill_per_minute=1, spacing=spacing)


def _keys(question: SlotQuestion) -> list[str]:
    """Name the keys of a question as the script knows them; the braces are the cluster's hash tag."""
    channel = f"slots:{{{question.approver.channel}}}"
    return [
        f"{channel}:{question.lane}:{_waited_for(question)}",
        f"{channel}:chat:{question.approver.handle}",
        f"{channel}:paid:{question.key}",
        *chain(*_queues(question)),
    ]


def _queues(question: SlotQuestion) -> list[tuple[str, str, str]]:
    """Name the queues that a question may stand in: of its lane, and for a prompt of its recipient's bucket too."""
    owners = {question.lane.value: _waited_for(question)}
    if question.lane is Lane.BRAND:
        owners["recipient"] = question.approver.handle
    queues = [(f"slots:{{{question.approver.channel}}}:{queue}", owner) for queue, owner in owners.items()]
    return [(f"{queue}-waiting:{owner}", f"{queue}-latest:{owner}", f"{queue}-due:{owner}") for queue, owner in queues]


def _waited_for(question: SlotQuestion) -> str:
    """Name a lane within its channel; keys end with it, for a brand's id may hold colons."""
    return question.brand_id if question.lane is Lane.BRAND else question.approver.handle


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise SlotsUnavailableError(f"Redis does not answer: {type(error).__name__}") from None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
