"""Slots in Redis: one script, one atomic step, Redis's own time. Redis holds nothing else."""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.candidate import Channel
from domain.errors import SlotsUnavailableError
from domain.slots import Lane, SlotAnswer, SlotQuestion, SlotStatus

ANSWER_SPACING = timedelta(seconds=10)

_SCRIPT = Path(__file__).with_name("acquire_slot.lua").read_text(encoding="utf-8")
_STATUSES = (SlotStatus.GO, SlotStatus.WAIT, SlotStatus.TOO_LATE)


@dataclass(frozen=True)
class Limits:
    """A brand's bucket on a channel, and the least time between two of its prompts there."""

    capacity: int
    refill_per_minute: float
    spacing: timedelta


async def check(redis: Redis) -> None:
    """Return if Redis answers; raises SlotsUnavailableError."""
    with _outages():
        await redis.ping()


class RedisSlots:
    def __init__(self, redis: Redis, limits: Mapping[Channel, Limits], chat_spacing: timedelta) -> None:
        self._redis = redis
        self._limits = limits
        self._chat_spacing = chat_spacing
        self._script = redis.register_script(_SCRIPT)

    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        """See acquire_slot.lua for what is decided; a script that Redis forgot is loaded again."""
        limits = self._limits_of(question)
        channel = question.approver.channel
        keys = [
            *self._queue_keys(question),
            f"slots:{{{channel}}}:chat:{question.approver.handle}",
            f"slots:{{{channel}}}:paid:{question.key}",
        ]
        args: list[str | float] = [
            question.key,
            _milliseconds(question.accepted_at),
            _milliseconds(question.latest_start),
            limits.capacity,
            60_000 / limits.refill_per_minute,
            limits.spacing / timedelta(milliseconds=1),
            self._chat_spacing / timedelta(milliseconds=1),
        ]
        with _outages():
            status, wait, ahead = await cast("Awaitable[list[int]]", self._script(keys=keys, args=args))
        return SlotAnswer(_STATUSES[status], timedelta(milliseconds=wait), ahead)

    async def leave(self, question: SlotQuestion) -> None:
        _, waiting, latest, due = self._queue_keys(question)
        with _outages():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.zrem(waiting, question.key)
                pipeline.zrem(latest, question.key)
                pipeline.hdel(due, question.key)
                await pipeline.execute()

    def _limits_of(self, question: SlotQuestion) -> Limits:
        if question.lane is Lane.BRAND:
            return self._limits[question.approver.channel]
        spacing = ANSWER_SPACING if question.lane is Lane.ANSWER else self._chat_spacing
        return Limits(capacity=0, refill_per_minute=1, spacing=spacing)

    def _queue_keys(self, question: SlotQuestion) -> list[str]:
        """Name the keys of a lane; the braces are the cluster's hash tag. A brand's id may hold colons: it is last."""
        owner = question.brand_id if question.lane is Lane.BRAND else question.approver.handle
        lane = f"slots:{{{question.approver.channel}}}:{question.lane}"
        return [f"{lane}:{owner}", *(f"{lane}-{part}:{owner}" for part in ("waiting", "latest", "due"))]


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise SlotsUnavailableError(f"Redis does not answer: {type(error).__name__}") from None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
