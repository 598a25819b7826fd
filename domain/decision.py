"""A candidate's decision, the verdicts that lead to it, and its delivery to core."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.candidate import LONGEST_NOTE, LONGEST_TEXT

SYSTEM_TIMEOUT = "system:timeout"
SYSTEM_UNDELIVERABLE = "system:undeliverable"
SYSTEM_OVERTAKEN = "system:overtaken"
"""The candidate that it was to replace was decided first."""
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
    """The states in the contract with core: two before the decision, and its four outcomes."""

    NEW = "new"
    PROMPTED = "prompted"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    EXPIRED = "expired"


def kind_of(decider: str) -> str:
    """Returns the kind of decider.

    That is a channel, `operator`, `core`, `timeout`, `undeliverable` or `overtaken`.
    """
    kind, _, name = decider.partition(":")
    return name if kind == "system" else kind


def source_of(decider: str) -> str:
    """Returns where a decision came from: a channel, `operator`, `core` or `system`."""
    return decider.partition(":")[0]


UNDECIDED = (ApprovalState.NEW, ApprovalState.PROMPTED)


class CallbackState(StrEnum):
    """The state of the delivery of a decision to core."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"


@dataclass(frozen=True)
class Verdict:
    """What an owner or operator wants to happen to a candidate.

    Only an edit has a text, and only a rejection has a note for core.
    """

    outcome: Outcome
    text: str | None = None
    note: str | None = None

    @property
    def excess(self) -> int:
        """The number of characters by which the text is too long; 0 if it is not."""
        return max(0, len(self.text or "") - LONGEST_TEXT)

    @property
    def note_excess(self) -> int:
        """The number of characters by which the note is too long; 0 if it is not."""
        return max(0, len(self.note or "") - LONGEST_NOTE)


@dataclass(frozen=True)
class OwnersReply:
    """A reply as it was understood; `verdict` is None if it was not."""

    message_key: str
    sender: str
    verdict: Verdict | None
    received_at: datetime
    quoted: str | None = None
    """The provider's id of the prompt message whose button was tapped."""


@dataclass(frozen=True)
class Decision:
    """The decision: made once, never reopened.

    `latency` counts from the first prompt, or from acceptance if there was none. `decided_at` is
    precise to the millisecond, which is all that every visibility store of Temporal keeps. `note`
    is what the owner tells core with a rejection. `reason` says why no prompt could be delivered,
    if that ended the candidate. `replaced_by` is the candidate that took this one's place, if one
    did.
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
