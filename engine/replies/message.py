"""What came in: one message of an owner, on whichever channel."""

from dataclasses import dataclass
from datetime import datetime

from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.commands import Command, parse
from domain.conversation.obstacles import Obstacle


@dataclass(frozen=True)
class OwnersMessage:
    """A message as it came in; `senders` are the addresses that the provider gives for the one person who wrote.

    `quoted_id` is None without a quotation, and empty if the provider does not say what is quoted. `written_at` is the
    date that the phone gives, where it gives one. `obstacle` is why it may not decide, where its owner needs to know.
    A tap is on a button of the quoted message.
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
        """The verdict that it gives; None if it gives none, or may not decide."""
        return parse(self.text) if self.may_decide else None
