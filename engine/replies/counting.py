"""What operators learn of messages that decided nothing: figures, and a line in the log without a word of them."""

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
    """Each counts one delivery of a message: one that is delivered again counts again."""

    def quiet(self, brake: Brake) -> None:
        """One that gets no answer, after too many."""

    def opted_out(self) -> None:
        """One that wants no more prompts in its chat."""

    def stranger(self, channel: Channel) -> None:
        """One of somebody who was never asked anything."""

    def not_understood(self, channel: Channel, kind: Misunderstanding) -> None:
        """One that was answered and decided nothing."""


class Counting:
    """Names a sender by the hash that candidates have in their search attribute `Owner`."""

    def __init__(self, counters: Counters, owner_hashes: OwnerHashes) -> None:
        self._counters = counters
        self._owner_hashes = owner_hashes

    def ignored(self, message: OwnersMessage) -> None:
        """Count a message of somebody who was never asked: an owner may write from another address than that asked."""
        self._counters.stranger(message.channel)
        log.info("message_of_unknown_sender", channel=message.channel, owner_hash=self._hash(message))

    def left_unanswered(self, message: OwnersMessage, brake: Brake) -> None:
        self._counters.quiet(brake)
        owner_hash = self._hash(message)
        log.info("message_left_unanswered", brake=brake, channel=message.channel, owner_hash=owner_hash)

    def answered(self, message: OwnersMessage, understood: Understanding) -> None:
        """Count an answer to what decided nothing, if the message was not understood."""
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
