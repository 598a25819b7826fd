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
    """How a send ended.

    If the message was sent, it has the provider's id and the moment of acceptance; otherwise it has
    the reason. `is_lost` says that a worker was lost, so that no provider has answered anything.
    `is_cut` says that the message went out as the template that shows only the beginning of a
    draft; None if that is unknown. `has_buttons` says that it is known to have gone out with
    buttons.
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
    """The result of a prompt to one approver: that of the last attempt to send a part."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    TOO_LATE = "too_late"
    """No slot was left in time."""
    WITHHELD = "withheld"
    """No longer wanted: decided meanwhile, or another part had failed."""


class PromptStanding(StrEnum):
    """The standing of one chat's prompt, as core and operators read it."""

    WAITING = "waiting"
    UNKNOWN = "sent, arrival unknown"
    ARRIVED = "arrived"
    FAILED = "failed"
