"""The permission of the rate limit to start a message now: how it is asked for, and what the answer can be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.candidate import Approver, Candidate

_SHORTEST_PAUSE = timedelta(seconds=10)


class Lane(StrEnum):
    """What a message queues for, besides the spacing of its recipient's chat."""

    BRAND = "brand"
    """Prompts: the brand's bucket and spacing on the channel, and the recipient's bucket."""
    CHAT = "chat"
    """Further parts, the template that stands in, and receipts: the recipient's spacing alone."""
    ANSWER = "answer"
    """Answers that no candidate gives: one in ten seconds for a recipient."""


@dataclass(frozen=True)
class SlotQuestion:
    """May this message start now? Equal keys are the same question, which never costs a second token.

    Among those who wait, the earlier accepted goes first; nobody holds a place after `latest_start`. `asked_at` is by
    the clock that `latest_start` is by, Temporal's; without it, Redis's own clock counts. Of the messages to one
    recipient on one `topic`, only the one that was accepted last is still wanted.
    """

    key: str
    lane: Lane
    approver: Approver
    brand_id: str
    accepted_at: datetime
    latest_start: datetime
    asked_at: datetime | None = None
    topic: str | None = None

    @classmethod
    def of(cls, candidate: Candidate, approver: Approver, lane: Lane, name: str, latest_start: datetime) -> Self:
        """Ask for one of a candidate's messages, which the name tells from its others."""
        return cls(
            key=f"{candidate.id}/{name}",
            lane=lane,
            approver=approver,
            brand_id=candidate.brand_id,
            accepted_at=candidate.accepted_at,
            latest_start=latest_start,
        )

    def asked_again_after(self, now: datetime) -> timedelta | None:
        """Returns how long to wait after "not in time"; None once no useful start lies ahead."""
        remaining = self.latest_start - now
        if remaining <= timedelta(0):
            return None
        return min(max(_SHORTEST_PAUSE, remaining / 8), remaining)


class SlotStatus(StrEnum):
    GO = "go"
    WAIT = "wait"
    TOO_LATE = "too late"
    SUPERFLUOUS = "superfluous"
    """A newer message on the same topic waits, or went out."""


@dataclass(frozen=True)
class SlotAnswer:
    """Go, come back after `wait`, or never; `ahead` counts those who wait before."""

    status: SlotStatus
    wait: timedelta = timedelta(0)
    ahead: int = 0
