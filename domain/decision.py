"""The one decision of a candidate, and where it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.candidate import LONGEST_NOTE, LONGEST_TEXT

SYSTEM_TIMEOUT = "system:timeout"
SYSTEM_UNDELIVERABLE = "system:undeliverable"
SYSTEM_OVERTAKEN = "system:overtaken"
"""The candidate that was to be replaced was decided first."""
CORE_WITHDRAWN = "core:withdrawn"
CORE_REPLACED = "core:replaced"
OPERATOR_PREFIX = "operator:"
OPERATOR_CANCELLED = f"{OPERATOR_PREFIX}cancelled"


class Outcome(StrEnum):
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ApprovalState(StrEnum):
    """The contract's states: the two that precede a decision, and its four outcomes."""

    NEW = "new"
    PROMPTED = "prompted"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    EXPIRED = "expired"


def kind_of(decider: str) -> str:
    """Tell what decided, and not who: a channel, operator, core, timeout, undeliverable or overtaken."""
    kind, _, name = decider.partition(":")
    return name if kind == "system" else kind


def source_of(decider: str) -> str:
    """Tell where a decision came from, and neither who nor why: a channel, operator, core or system."""
    return decider.partition(":")[0]


UNDECIDED = (ApprovalState.NEW, ApprovalState.PROMPTED)


class CallbackState(StrEnum):
    """Where the delivery of a decision to core stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"


@dataclass(frozen=True)
class Verdict:
    """What somebody wants to become of a candidate; the text only with an edit, the note for core with a rejection."""

    outcome: Outcome
    text: str | None = None
    note: str | None = None

    @property
    def excess(self) -> int:
        """By how many characters the text is too long; 0 if it is not."""
        return max(0, len(self.text or "") - LONGEST_TEXT)

    @property
    def note_excess(self) -> int:
        """By how many characters the note is too long; 0 if it is not."""
        return max(0, len(self.note or "") - LONGEST_NOTE)


@dataclass(frozen=True)
class OwnersReply:
    """A reply as it was understood; without a verdict it was not."""

    message_key: str
    sender: str
    verdict: Verdict | None
    received_at: datetime
    quoted: str | None = None
    """The provider's id of the prompt's message whose button was tapped."""


@dataclass(frozen=True)
class Decision:
    """Made once, never reopened; the latency counts from the first prompt, or from acceptance if there was none.

    The moment is to the millisecond: that is as much as every visibility store of Temporal keeps. `note` is what the
    owner tells the agent with a rejection; `reason` says why no prompt could be delivered, where that decided;
    `replaced_by` is the candidate that takes the place of this one, where that decided.
    """

    outcome: Outcome
    final_text: str | None
    decider: str
    decided_at: datetime
    latency: timedelta
    note: str | None = None
    reason: str | None = None
    replaced_by: str | None = None

    @property
    def via(self) -> str:
        return source_of(self.decider)

    @property
    def decided_by(self) -> str:
        return kind_of(self.decider)

    @property
    def latency_ms(self) -> int:
        return self.latency // timedelta(milliseconds=1)
