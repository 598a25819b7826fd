"""Asks for slots."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.errors import RedisUnavailableError
from domain.sending.slots import SlotAnswer, SlotQuestion
from domain.temporal_names import ActivityType


class Slots(Protocol):
    async def ask(self, question: SlotQuestion) -> SlotAnswer:
        """Answers in one atomic step; raises RedisUnavailableError."""

    async def leave(self, question: SlotQuestion) -> None:
        """Leaves the queue; raises RedisUnavailableError."""


@contextmanager
def retried_while_unavailable() -> Iterator[None]:
    try:
        yield
    except RedisUnavailableError as error:
        raise ApplicationError(str(error), type="SlotsUnavailable") from None


def dated(question: SlotQuestion) -> SlotQuestion:
    """Returns the question with this attempt's time, by Temporal's clock.

    A local activity keeps its own: it runs when its workflow asks.
    """
    info = activity.info()
    return question if info.is_local else replace(question, asked_at=info.started_time)


class SlotActivities:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    @activity.defn(name=ActivityType.ASK_FOR_SLOT)
    async def ask_for_slot(self, question: SlotQuestion) -> SlotAnswer:
        """Asks for a slot; the same question never takes two tokens."""
        with retried_while_unavailable():
            return await self._slots.ask(dated(question))

    @activity.defn(name=ActivityType.LEAVE_QUEUE)
    async def leave_queue(self, question: SlotQuestion) -> None:
        """Leaves the queue for a slot; leaving twice changes nothing."""
        with retried_while_unavailable():
            await self._slots.leave(question)
