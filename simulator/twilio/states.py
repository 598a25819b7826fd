"""The states of the account, its sender and its contents, which tests can change."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict


class TwilioState(BaseModel):
    """A field that is None has its usual value."""

    model_config = ConfigDict(extra="forbid")

    account_status: Literal["active", "suspended", "closed"] = "active"
    account_type: Literal["Trial", "Full"] = "Full"
    sender: str | None = None
    sender_status: Literal["CREATING", "ONLINE", "OFFLINE", "PENDING_VERIFICATION", "ONLINE:UPDATING"] = "ONLINE"
    webhook: str | None = None
    approval: Literal["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"] | None = (
        None  # of every submitted content
    )
    rejection_reason: str = ""
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] | None = None
    variables: dict[str, str] | None = None


@dataclass
class TwilioStates:
    """The current state; tests replace it."""

    current: TwilioState = field(default_factory=TwilioState)
