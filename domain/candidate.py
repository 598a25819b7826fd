"""A candidate, and those who may decide on it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.channels import Channel

LONGEST_TEXT = 3000
"""Characters of a draft, and of the text that an owner puts in its place."""

LONGEST_NOTE = 500
"""Characters of what an owner tells core with a rejection."""

CURRENT_RULES = 2
"""What the edge gives new candidates. A run with less began under an earlier release, and lives as it did there."""

RULES_OF_WHOLE_PROMPTS = 2
"""The first with the present prompts: shown whole at once, alone approved when whole, receipts told together."""

LEAST_TIME_TO_DECIDE = timedelta(minutes=1)
SHORTEST_DEADLINE = timedelta(seconds=10)
LONGEST_DEADLINE = timedelta(days=7)


class Platform(StrEnum):
    X = "x"
    REDDIT = "reddit"
    LINKEDIN = "linkedin"


class Persona(StrEnum):
    NORMAL = "normal"
    SMART = "smart"
    TECHNICAL = "technical"
    UNHINGED = "unhinged"


@dataclass(frozen=True)
class Approver:
    """An owner's normalised address on one channel; as text it is the contract's decider, `whatsapp:+15551234567`."""

    channel: Channel
    handle: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.handle}"

    @classmethod
    def read(cls, channel: Channel, address: str) -> Self:
        """Reads an address as people write it on a channel; raises InvalidAddressError."""
        return cls(channel, channel.handle_of(address))

    @property
    def forms(self) -> tuple["Approver", ...]:
        """Every address by which the provider may name this person: the one given first, then any other."""
        return tuple(Approver(self.channel, handle) for handle in self.channel.traits.forms(self.handle))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What core wants approved: a reply to a post, in a brand's name. `source_text` is that post, as far as known."""

    id: str
    brand_id: str
    platform: Platform
    source_ref: str
    proposed_text: str
    persona: Persona
    context_url: str
    risk_flags: tuple[str, ...]
    source_text: str | None = None
    source_author: str | None = None
    replaces: str | None = None
    """The candidate whose place it takes: that one ends, and is never decided beside this one."""


@dataclass(frozen=True, kw_only=True)
class Candidate(Draft):
    """A draft as the edge accepted it, with what held for its brand at that moment.

    `rules` says by which rules its run lives: a run goes on as it began, whatever code takes it over.
    """

    accepted_at: datetime
    deadline: datetime
    approvers: tuple[Approver, ...]
    rules: int = 0
    brand_name: str | None = None
    """The brand as its owners know it; None: its id."""
    utc_offset: timedelta | None = None
    """Of the brand's time zone at the deadline, for no workflow may look it up; None: times are in UTC."""
    longest_post: int | None = None
    """Characters that the platform takes of this brand; None: the platform's own limit."""
    has_buttons: bool = False
    """Whether a message with buttons may follow a prompt of text."""

    def chat_name(self, number: int) -> str:
        """Name the chat with an approver, by their number in the list: the channel, where nobody else has it."""
        channel = self.approvers[number - 1].channel
        is_alone = sum(approver.channel is channel for approver in self.approvers) == 1
        return channel.value if is_alone else f"{channel}/{number}"

    def started_at(self, moment: datetime) -> Self:
        """Returns it with its time counted from Temporal's own moment of start; under rules 0, from the edge's."""
        if self.rules < 1:
            return self
        start = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as precise as every store
        return replace(self, accepted_at=start, deadline=start + (self.deadline - self.accepted_at))

    @property
    def latest_prompt_at(self) -> datetime:
        """The last moment at which a prompt still leaves its owner a minute, or a quarter of a short deadline."""
        return self.deadline - min(LEAST_TIME_TO_DECIDE, (self.deadline - self.accepted_at) / 4)
