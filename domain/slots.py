"""The permission of the rate limit to start a message now: how it is asked for, and what the answer can be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.candidate import Approver


class Lane(StrEnum):
    """What a message queues for, besides the spacing of its recipient's chat."""

    BRAND = "brand"
    """Prompts: the brand's bucket and spacing on the channel."""
    CHAT = "chat"
    """Further parts and receipts: the recipient's spacing alone."""
    ANSWER = "answer"
    """Answers that no candidate gives: one in ten seconds for a recipient."""


@dataclass(frozen=True)
class SlotQuestion:
    """May this message start now? Equal keys are the same question, which never costs a second token.

    Among those who wait, the earlier accepted goes first; nobody holds a place after `latest_start`.
    """

    key: str
    lane: Lane
    approver: Approver
    brand_id: str
    accepted_at: datetime
    latest_start: datetime


class SlotStatus(StrEnum):
    GO = "go"
    WAIT = "wait"
    TOO_LATE = "too late"


@dataclass(frozen=True)
class SlotAnswer:
    """Go, come back after `wait`, or never; `ahead` counts those who wait before."""

    status: SlotStatus
    wait: timedelta = timedelta(0)
    ahead: int = 0
