"""How an account, its one sender and its contents stand, where tests want it otherwise."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Standing(BaseModel):
    """What is None is as it should be."""

    model_config = ConfigDict(extra="forbid")

    account_status: Literal["active", "suspended", "closed"] = "active"
    account_type: Literal["Trial", "Full"] = "Full"
    sender: str | None = None
    sender_status: Literal["CREATING", "ONLINE", "OFFLINE", "PENDING_VERIFICATION", "ONLINE:UPDATING"] = "ONLINE"
    webhook: str | None = None
    approval: Literal["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"] | None = (
        None  # of every content that was submitted
    )
    rejection_reason: str = ""
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] | None = None
    variables: dict[str, str] | None = None


@dataclass
class Standings:
    """The standing that counts now."""

    current: Standing = field(default_factory=Standing)
