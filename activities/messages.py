"""Sends messages to owners."""

import asyncio
import time
from collections.abc import Awaitable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.slots import Slots, dated, retried_while_unavailable
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.subjects import Subject, Telling
from domain.errors import (
    SendError,
    SendOutcomeUnknownError,
    SendPostponedError,
    SendRefusedError,
)
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import FoundMessage, MessageSearch
from domain.sending.slots import SlotQuestion, SlotStatus
from domain.temporal_names import ActivityType

OUTCOME_UNKNOWN = "SendOutcomeUnknown"
POSTPONED = "SendPostponed"
REFUSED = "SendRefused"
SUPERFLUOUS = "SendSuperfluous"
TOO_LATE = "SendTooLate"

_LONGEST_PREPARATION = timedelta(seconds=2)
"""The longest time before a send begins.

The send must end before Temporal considers its worker lost.
"""


@dataclass(frozen=True)
class Message:
    """A text for an owner, and the slot that it was granted.

    `template` fills WhatsApp's approved template, if one is configured. `status_path` is the edge's
    path for the provider's status reports. `subject` is what the chat remembers the message to be
    about; None means no candidate. `session` replaces the text while WhatsApp's 24 hours are known
    to be open; otherwise `outside` replaces it. Without a text, only a content can go out.
    `while_open` is the id of a candidate; once that is decided, the message is no longer wanted.
    """

    text: str
    slot: SlotQuestion
    template: tuple[str, ...] | None = None
    status_path: str | None = None
    subject: Subject | None = None
    session: Content | None = None
    outside: Content | None = None
    while_open: str | None = None


@dataclass(frozen=True)
class SentMessage:
    """The provider's id, if it returns one, and when it took the message, by Temporal's clock.

    `content` is the kind of content that went out in place of the text.
    """

    id: str | None
    accepted_at: datetime | None = None
    content: str | None = None


class Messenger(Protocol):
    def has(self, kind: ContentKind) -> bool:
        """Returns whether it can send contents of this kind."""

    async def send(
        self,
        to: Approver,
        text: str,
        *,
        template: tuple[str, ...] | None = None,
        content: Content | None = None,
        status_path: str | None = None,
    ) -> str | None:
        """Sends in exactly one attempt; returns the provider's message id. Raises a SendError."""


class MessageFinder(Protocol):
    async def find(self, search: MessageSearch) -> list[FoundMessage]:
        """Returns the messages that the provider has; raises a SendError if it does not answer."""


class SendNotes(Protocol):
    """The last messages of each chat. A message is identified by the key of its slot."""

    async def is_window_open(self, chat: Approver) -> bool | None:
        """Returns whether the owner wrote within WhatsApp's 24 hours; None if unknown."""

    async def begin(self, chat: Approver, key: str, subject: Subject | None) -> None:
        """Notes that a message is about to be sent; raises RedisUnavailableError."""

    async def arrive(self, chat: Approver, key: str, subject: Subject | None, message_id: str | None) -> None:
        """Notes that it reached the chat, with the provider's id; the note may get lost."""

    async def take_back(self, chat: Approver, key: str) -> None:
        """Notes that it certainly did not go out; the note may get lost."""


class Standings(Protocol):
    async def is_decided(self, candidate_id: str) -> bool:
        """Returns whether a candidate is certainly decided; False if unknown."""


_Provider = TypeVar("_Provider", Messenger, MessageFinder)


class MessageActivities:
    """Sends and finds messages.

    `status_reporting` lists the channels whose provider sends a status report when a message
    arrives.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators, wired in one place
        self,
        messengers: Mapping[Channel, Messenger],
        finders: Mapping[Channel, MessageFinder],
        slots: Slots,
        notes: SendNotes,
        standings: Standings,
        status_reporting: Collection[Channel],
    ) -> None:
        self._messengers = messengers
        self._finders = finders
        self._slots = slots
        self._notes = notes
        self._standings = standings
        self._status_reporting = status_reporting

    @activity.defn(name=ActivityType.SEND_MESSAGE)
    async def send_message(self, message: Message) -> SentMessage:
        """Sends once; every attempt first makes sure that it still has its slot.

        Not repeatable once the request is on its way. Temporal retries what certainly did not go
        out; the non-retryable errors are OUTCOME_UNKNOWN, REFUSED, SUPERFLUOUS and TOO_LATE.
        """
        began = time.monotonic()
        await self._start_in_slot(message.slot)
        if message.while_open and await self._standings.is_decided(message.while_open):
            raise _superfluous("the candidate that it is about is decided")
        messenger = _of(self._messengers, message.slot.approver.channel)
        chat, key = message.slot.approver, message.slot.key
        content = await self._content(message, messenger)
        kind = content.kind if content else None
        subject = _subject(message, content)
        with retried_while_unavailable():
            await self._notes.begin(chat, key, subject)
        if time.monotonic() - began > _LONGEST_PREPARATION.total_seconds():
            await _after_send(self._notes.take_back(chat, key))
            raise ApplicationError("Redis or Temporal was too slow: the send might time out", type=POSTPONED)
        try:
            message_id = await messenger.send(
                chat, message.text, template=message.template, content=content, status_path=message.status_path
            )
        except SendPostponedError as error:
            await _after_send(self._notes.take_back(chat, key))
            raise ApplicationError(str(error), type=POSTPONED, next_retry_delay=error.retry_after) from None
        except SendRefusedError as error:
            await _after_send(self._notes.take_back(chat, key))
            raise ApplicationError(str(error), error.code, type=REFUSED, non_retryable=True) from None
        except SendOutcomeUnknownError as error:
            raise ApplicationError(str(error), kind, type=OUTCOME_UNKNOWN, non_retryable=True) from None
        except asyncio.CancelledError:
            words = "the worker stopped while the message was on its way"
            raise ApplicationError(words, kind, type=OUTCOME_UNKNOWN, non_retryable=True) from None
        # This machine's clock may be wrong, so the start is Temporal's, and only the duration is
        # ours.
        accepted_at = activity.info().started_time + timedelta(seconds=time.monotonic() - began)
        if not (message.status_path and chat.channel in self._status_reporting):
            await _after_send(self._notes.arrive(chat, key, subject, message_id))
        return SentMessage(message_id, accepted_at, kind)

    @activity.defn(name=ActivityType.FIND_MESSAGES)
    async def find_messages(self, search: MessageSearch) -> list[FoundMessage]:
        """Searches the provider for a message. Temporal retries it until the provider answers."""
        try:
            return await _of(self._finders, search.approver.channel).find(search)
        except SendError as error:
            raise ApplicationError(str(error), type=POSTPONED) from None

    async def _content(self, message: Message, messenger: Messenger) -> Content | None:
        """Returns the content that replaces the text.

        A content that replaces a refused text needs no open window.
        """
        if not (message.session or message.outside):
            return None
        is_open = await self._notes.is_window_open(message.slot.approver)
        content = message.session if is_open and (message.text or not message.outside) else message.outside
        if content and messenger.has(content.kind):
            return content
        if not message.text:
            raise ApplicationError(
                "this content does not exist, or cannot be sent now", type=REFUSED, non_retryable=True
            )
        return None

    async def _start_in_slot(self, slot: SlotQuestion) -> None:
        with retried_while_unavailable():
            answer = await self._slots.ask(dated(slot))
        if answer.status is SlotStatus.SUPERFLUOUS:
            raise _superfluous("a newer answer says the same")
        if answer.status is SlotStatus.TOO_LATE:
            wait = slot.asked_again_after(activity.info().started_time)
            if wait is None:
                raise ApplicationError("no slot is left in time", type=TOO_LATE, non_retryable=True)
            raise _slot_lost("no slot in time yet", wait)
        if answer.status is SlotStatus.WAIT:
            raise _slot_lost(f"waiting for a slot, {answer.ahead} ahead", answer.wait)


def _subject(message: Message, content: Content | None) -> Subject | None:
    """Returns what the message is about; the cut template shows only a part of it."""
    if message.subject and content and content.kind is ContentKind.CUT:
        return replace(message.subject, telling=Telling.PART)
    return message.subject


def _of(providers: Mapping[Channel, _Provider], channel: Channel) -> _Provider:
    if channel not in providers:
        raise ApplicationError("the channel is switched off in this worker", type=POSTPONED)
    return providers[channel]


def _slot_lost(reason: str, wait: timedelta) -> ApplicationError:
    return ApplicationError(reason, type="SlotLost", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN)


def _superfluous(reason: str) -> ApplicationError:
    return ApplicationError(reason, type=SUPERFLUOUS, non_retryable=True, category=ApplicationErrorCategory.BENIGN)


async def _after_send(note: Awaitable[None]) -> None:
    """Notes how a send ended.

    Cancellation cannot hide the outcome, which is known and must be returned.
    """
    with suppress(asyncio.CancelledError):
        await note
