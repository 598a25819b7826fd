"""A candidate, its draft and its approvers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.channels import Channel

LONGEST_TEXT = 3000
"""Characters of a draft, and of the text with which an owner replaces it."""

LONGEST_NOTE = 500
"""Characters of the note that an owner sends to core with a rejection."""

CURRENT_RULES = 2
"""The rules of new candidates. A run with a lower number began under an earlier release, and
behaves as it did there."""

RULES_OF_WHOLE_PROMPTS = 2
"""The first rules with the current prompts: an owner gets the whole prompt at once on request, only
a draft that was shown whole can be approved, and receipts are merged."""

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
    """An owner's normalized address on one channel.

    As text, it is the decider in the contract with core: `whatsapp:+15551234567`.
    """

    channel: Channel
    handle: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.handle}"

    @classmethod
    def read(cls, channel: Channel, address: str) -> Self:
        """Parses an address as people write it on a channel; raises InvalidAddressError."""
        return cls(channel, channel.handle_of(address))

    @property
    def forms(self) -> tuple["Approver", ...]:
        """Every address by which the provider might name this person, the given one first."""
        return tuple(Approver(self.channel, handle) for handle in self.channel.traits.forms(self.handle))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A reply to a post, in a brand's name, that core wants approved.

    `source_text` is the text of that post, as far as core knows it.
    """

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
    """The candidate that this one replaces; it ends, so that the two are never both decided."""


@dataclass(frozen=True, kw_only=True)
class Candidate(Draft):
    """A draft as the edge accepted it, with its brand's settings at that moment.

    A run keeps its `rules` to the end, even if a later release continues it.
    """

    accepted_at: datetime
    deadline: datetime
    approvers: tuple[Approver, ...]
    rules: int = 0
    brand_name: str | None = None
    """The brand's name for its owners; None means its id."""
    utc_offset: timedelta | None = None
    """The offset of the brand's time zone at the deadline; None means UTC. The edge looks it up,
    because no workflow is allowed to."""
    longest_post: int | None = None
    """The brand's limit for the platform, in characters; None means the platform's own limit."""
    has_buttons: bool = False
    """Whether a message with buttons can follow a prompt of text."""

    def chat_name(self, number: int) -> str:
        """Returns the name of the chat with an approver, whom `number` counts from 1.

        The name is the channel; it contains the number if several approvers share the channel.
        """
        channel = self.approvers[number - 1].channel
        is_alone = sum(approver.channel is channel for approver in self.approvers) == 1
        return channel.value if is_alone else f"{channel}/{number}"

    def started_at(self, moment: datetime) -> Self:
        """Returns the candidate with its time counted from its start in Temporal.

        Under rules 0, its time counts from its acceptance at the edge.
        """
        if self.rules < 1:
            return self
        start = moment.replace(microsecond=moment.microsecond // 1000 * 1000)  # as precise as every store
        return replace(self, accepted_at=start, deadline=start + (self.deadline - self.accepted_at))

    @property
    def latest_prompt_at(self) -> datetime:
        """The last moment for a prompt; it leaves a minute, or a quarter of a short deadline."""
        return self.deadline - min(LEAST_TIME_TO_DECIDE, (self.deadline - self.accepted_at) / 4)
