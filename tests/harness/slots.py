"""Clients that ask for slots, and a Valkey that grants them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from redis.asyncio import Redis

from adapters.redis.connection import connect
from adapters.redis.slots import Limits, RecipientLimits, RedisSlots
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import RedisUnavailableError
from domain.sending.slots import Lane, SlotQuestion, SlotStatus
from tests.harness.stack import environment, valkey_process

MILLISECONDS = 0.002
"""The script receives moments, and returns waits, in whole milliseconds."""

_NUMBERS = count(1)


@dataclass(frozen=True)
class Grant:
    """A slot granted between `asked` and `answered`, in seconds of the clock that Redis reads."""

    question: SlotQuestion
    asked: float
    answered: float


@dataclass(frozen=True)
class Asking:
    """The time of an answer; `late_by` is the seconds between the requested time and the answer."""

    answered: float
    late_by: float


@dataclass
class Same:
    """The same limits for every brand and channel."""

    brand: Limits
    recipient: RecipientLimits

    def limits(self, brand_id: str, channel: Channel) -> Limits:  # noqa: ARG002  # the same for all
        return self.brand

    def recipient_limits(self) -> RecipientLimits:
        return self.recipient


@asynccontextmanager
async def running_valkey() -> AsyncIterator[Redis]:
    variables = environment()
    process = valkey_process(variables)
    await process.start()
    redis = connect(variables["REDIS_URL"])
    try:
        yield redis
    finally:
        await redis.aclose()
        await process.kill()


def slots_of(
    redis: Redis,
    *,
    capacity: int = 100,
    per_second: float = 100,
    spacing: float = 0,
    chat_spacing: float = 0,
    recipient_capacity: int = 1000,
    recipient_per_second: float = 100,
) -> RedisSlots:
    limits = Limits(capacity, per_second * 60, timedelta(seconds=spacing))
    recipient = RecipientLimits(recipient_capacity, recipient_per_second * 3600, timedelta(seconds=chat_spacing))
    return RedisSlots(redis, Same(limits, recipient))


def question(
    brand_id: str | None = None, *, accepted: float = 0, lasts: float = 60, lane: Lane = Lane.BRAND, to: str = ""
) -> SlotQuestion:
    """Returns a new question; `accepted` and `lasts` are in seconds from now."""
    number = next(_NUMBERS)
    now = datetime.now(UTC)
    return SlotQuestion(
        key=f"q{number}",
        lane=lane,
        approver=Approver(Channel.WHATSAPP, to or f"+1555{number:07}"),
        brand_id=brand_id or f"b{number}",
        accepted_at=now + timedelta(seconds=accepted),
        latest_start=now + timedelta(seconds=lasts),
    )


def again(asked: SlotQuestion) -> SlotQuestion:
    """Returns a question of another candidate with the same brand, owner and time of acceptance."""
    return replace(asked, key=f"q{next(_NUMBERS)}")


async def granted(slots: RedisSlots, asked: SlotQuestion) -> bool:
    return (await slots.ask(asked)).status is SlotStatus.GO


async def hold(slots: RedisSlots, asked: SlotQuestion, askings: list[Asking] | None = None) -> Grant | None:
    """Asks until granted, as the workflow does; returns None if it is too late.

    It waits as long as each answer says, and asks again at once if no answer arrives in time.
    """
    at, due = None, time.time()
    while True:
        at = at or time.time()
        try:
            answer = await slots.ask(asked)
        except RedisUnavailableError:
            continue  # the slot might have been granted nevertheless
        answered = time.time()
        if askings is not None:
            askings.append(Asking(answered, answered - due))
        if answer.status is SlotStatus.GO:
            return Grant(asked, at, answered)
        at, due = None, answered + answer.wait.total_seconds()
        if answer.status is SlotStatus.TOO_LATE:
            return None
        await asyncio.sleep(answer.wait.total_seconds())


async def hold_all(slots: RedisSlots, questions: Iterable[SlotQuestion]) -> list[Grant]:
    """Asks all questions at once; returns the grants in their order."""
    grants = await asyncio.gather(*(hold(slots, asked) for asked in questions))
    return sorted((grant for grant in grants if grant), key=lambda grant: grant.answered)


def assert_spaced(grants: list[Grant], spacing: float) -> None:
    for one, next_one in pairwise(grants):
        assert next_one.answered - one.asked >= spacing - MILLISECONDS


def assert_within_bucket(grants: list[Grant], capacity: int, per_second: float) -> None:
    """Asserts that no period has more starts than the bucket's capacity plus its refill."""
    for first, start in enumerate(grants):
        for number, end in enumerate(grants[first:], start=1):
            assert number <= capacity + per_second * (end.answered - start.asked + MILLISECONDS)
