"""Sending a message to an owner."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.slots import Slots, dated, retried_while_unavailable
from domain.candidate import Approver, Channel
from domain.chats import Subject
from domain.errors import (
    SendOutcomeUnknownError,
    SendPostponedError,
    SendRefusedError,
)
from domain.slots import SlotQuestion, SlotStatus

OUTCOME_UNKNOWN = "SendOutcomeUnknown"
REFUSED = "SendRefused"
TOO_LATE = "SendTooLate"


@dataclass(frozen=True)
class Message:
    """A text for an owner, and the slot that it was granted.

    `template` fills WhatsApp's approved template, where one is configured; `status_path` is where at the edge the
    provider reports what becomes of the message. `subject` is what its chat remembers of it; without one, that it was
    about no candidate.
    """

    text: str
    slot: SlotQuestion
    template: tuple[str, ...] | None = None
    status_path: str | None = None
    subject: Subject | None = None


@dataclass(frozen=True)
class SentMessage:
    """`id` is the provider's, where it gives one."""

    id: str | None


class Messenger(Protocol):
    async def send(
        self, to: Approver, text: str, *, template: tuple[str, ...] | None = None, status_path: str | None = None
    ) -> str | None:
        """Send in exactly one attempt and give the provider's message id; raises a SendError."""


class MessageActivities:
    def __init__(self, messengers: Mapping[Channel, Messenger], slots: Slots) -> None:
        self._messengers = messengers
        self._slots = slots

    @activity.defn
    async def send_message(self, message: Message) -> SentMessage:
        """Send once; every attempt first makes sure that its slot is still its own.

        Not repeatable once the request is on its way. What certainly did not go out is retried by Temporal; the
        non-retryable errors are OUTCOME_UNKNOWN, REFUSED and TOO_LATE.
        """
        await self._start_in_slot(message.slot)
        messenger = self._messengers.get(message.slot.approver.channel)
        if messenger is None:
            raise ApplicationError("the channel is switched off in this worker", type="SendPostponed")
        try:
            message_id = await messenger.send(
                message.slot.approver, message.text, template=message.template, status_path=message.status_path
            )
            return SentMessage(message_id)
        except SendPostponedError as error:
            raise ApplicationError(str(error), type="SendPostponed", next_retry_delay=error.retry_after) from None
        except SendRefusedError as error:
            raise ApplicationError(str(error), type=REFUSED, non_retryable=True) from None
        except SendOutcomeUnknownError as error:
            raise ApplicationError(str(error), type=OUTCOME_UNKNOWN, non_retryable=True) from None
        except asyncio.CancelledError:
            raise ApplicationError(
                "the worker stopped while the message was on its way", type=OUTCOME_UNKNOWN, non_retryable=True
            ) from None

    async def _start_in_slot(self, slot: SlotQuestion) -> None:
        with retried_while_unavailable():
            answer = await self._slots.ask(dated(slot))
        if answer.status is SlotStatus.TOO_LATE:
            wait = slot.asked_again_after(activity.info().started_time)
            if wait is None:
                raise ApplicationError("no slot is left in time", type=TOO_LATE, non_retryable=True)
            raise _slot_lost("no slot in time yet", wait)
        if answer.status is SlotStatus.WAIT:
            raise _slot_lost(f"waiting for a slot, {answer.ahead} ahead", answer.wait)


def _slot_lost(reason: str, wait: timedelta) -> ApplicationError:
    return ApplicationError(reason, type="SlotLost", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN)
