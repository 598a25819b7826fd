"""How the send of a message ended, and what that makes of a prompt."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SendResult(StrEnum):
    SENT = "sent"
    UNKNOWN = "outcome unknown"
    REFUSED = "refused"
    WITHHELD = "withheld"
    """Certainly not sent: no slot in time, or no longer wanted."""


@dataclass(frozen=True)
class SendEnd:
    """How a send ended: the provider's id and the moment of its acceptance if it was sent, and else the reason.

    `is_lost` says that a worker was lost with it, so that no provider has answered anything. `is_cut` says that it went
    out as the template that shows the beginning of a draft alone; None where that is not known. `has_buttons` says that
    it is known to have gone out with buttons.
    """

    result: SendResult
    message_id: str | None = None
    accepted_at: datetime | None = None
    reason: str = ""
    error_code: str | None = None
    is_lost: bool = False
    is_cut: bool | None = None
    has_buttons: bool = False


class PromptResult(StrEnum):
    """What became of a prompt to one approver, by the last attempt to send a part of it."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    TOO_LATE = "too_late"
    """No slot was left in time."""
    WITHHELD = "withheld"
    """No longer wanted: decided meanwhile, or a part had failed."""


class PromptStanding(StrEnum):
    """How the prompt of one chat stands, as core and operators read it."""

    WAITING = "waiting"
    UNKNOWN = "sent, arrival unknown"
    ARRIVED = "arrived"
    FAILED = "failed"
