"""One message of an owner on any channel, and what keeps it from deciding."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.candidate import Approver
from domain.channels import Channel
from domain.reading import tapbacks
from domain.reading.consent import Consent, consent
from domain.reading.grammar import read
from domain.reading.requests import Command
from domain.reading.taps import tapped

_TEXT_MESSAGES = {"sms", "rcs"}
_ATTACHMENT_MARK = "\ufffc"
"""The character that iMessage leaves in a text in place of an attachment."""


class Obstacle(StrEnum):
    TEXT_MESSAGE = "text_message"
    """SMS or RCS, whose sender anybody can forge."""
    REACTION = "reaction"
    """A tapback: it does not say which draft it is about."""
    NO_TEXT = "no_text"
    """A picture, a voice note or a sticker, with or without words."""


@dataclass(frozen=True)
class OwnersMessage:
    """An incoming message; `senders` are the provider's addresses of the one person who wrote it.

    `quoted_id` is None without a quotation, and empty if the provider does not say what is quoted.
    `written_at` is the phone's date, if it gives one. `obstacle` is what keeps the message from
    deciding, if its owner needs to know. A tap (`is_tap`) is on a button of the quoted message.
    """

    key: str
    senders: tuple[Approver, ...]
    text: str
    quoted_id: str | None
    may_decide: bool
    received_at: datetime
    written_at: datetime | None = None
    obstacle: Obstacle | None = None
    is_tap: bool = False

    @property
    def channel(self) -> Channel:
        return self.senders[0].channel

    @property
    def command(self) -> Command | None:
        """The command in its words; None if there is none, or if the message cannot decide."""
        if not self.may_decide:
            return None
        return (tapped(self.text) if self.is_tap else None) or read(self.text)

    @property
    def consent(self) -> Consent | None:
        """Whether it stops or restarts the drafts in this chat; None if it does neither."""
        return consent(self.text) if self.channel.traits.has_opt_outs and self.may_decide else None


def obstacle(text: str | None, *, service: str, is_reaction: bool, has_attachment: bool) -> Obstacle | None:
    """Returns what keeps an iMessage from deciding; None if its words count.

    `service` is empty if it is unknown.
    """
    if service.lower() in _TEXT_MESSAGES:
        return Obstacle.TEXT_MESSAGE
    if is_reaction or tapbacks.is_tapback(text or ""):
        return Obstacle.REACTION
    if has_attachment or not (text or "").replace(_ATTACHMENT_MARK, "").strip():
        return Obstacle.NO_TEXT
    return None
