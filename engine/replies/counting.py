"""Counts and logs messages that decided nothing, for operators, without any of their text."""

from typing import Protocol

import structlog

from domain import identifiers
from domain.channels import Channel
from domain.conversation.chat_memory import Brake
from domain.reading.owners_message import OwnersMessage
from engine.owner_hashes import OwnerHashes
from engine.replies.not_understood import Misunderstanding, not_understood
from engine.replies.understanding import Understanding

log = structlog.get_logger()


class Counters(Protocol):
    """Each method counts one delivery of a message; a redelivery counts again."""

    def quiet(self, brake: Brake) -> None:
        """Counts a message that gets no answer, after too many."""

    def opted_out(self) -> None:
        """Counts a message that opts out of prompts in its chat."""

    def stranger(self, channel: Channel) -> None:
        """Counts a message from somebody who was never asked anything."""

    def not_understood(self, channel: Channel, kind: Misunderstanding) -> None:
        """Counts a message that was answered and decided nothing."""


class Counting:
    """Identifies a sender by the hash in the candidates' search attribute `Owner`."""

    def __init__(self, counters: Counters, owner_hashes: OwnerHashes) -> None:
        self._counters = counters
        self._owner_hashes = owner_hashes

    def ignored(self, message: OwnersMessage) -> None:
        """Counts a message from somebody who was never asked.

        An owner might write from another address than the one that was asked.
        """
        self._counters.stranger(message.channel)
        log.info("message_of_unknown_sender", channel=message.channel, owner_hash=self._hash(message))

    def left_unanswered(self, message: OwnersMessage, brake: Brake) -> None:
        self._counters.quiet(brake)
        owner_hash = self._hash(message)
        log.info("message_left_unanswered", brake=brake, channel=message.channel, owner_hash=owner_hash)

    def answered(self, message: OwnersMessage, understood: Understanding) -> None:
        """Counts an answered message that decided nothing because it was not understood."""
        if kind := not_understood(message, understood):
            self._counters.not_understood(message.channel, kind)
            log.info(
                "reply_not_understood",
                kind=kind,
                channel=message.channel,
                owner_hash=self._hash(message),
                workflow_id=identifiers.reply_workflow_id(message.key),
            )

    def _hash(self, message: OwnersMessage) -> str:
        return self._owner_hashes.current_hashes(message.senders[:1])[0]
