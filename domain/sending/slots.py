"""The rate limit's permission to start a message now: the question and its possible answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.candidate import Approver, Candidate

_SHORTEST_PAUSE = timedelta(seconds=10)


class Lane(StrEnum):
    """What a message queues for, in addition to the spacing of its recipient's chat."""

    BRAND = "brand"
    """Prompts: the brand's bucket and spacing on the channel, and the recipient's bucket."""
    CHAT = "chat"
    """Further parts, the template that stands in, and receipts: only the recipient's spacing."""
    ANSWER = "answer"
    """Answers that no candidate's run sends: one per recipient every ten seconds."""


@dataclass(frozen=True)
class SlotQuestion:
    """Asks whether a message can start now.

    Equal keys are the same question, which never costs a second token. Of the messages that wait,
    the one accepted earliest goes first; nobody keeps a place in the queue after `latest_start`.
    `asked_at` and `latest_start` are by Temporal's clock; without `asked_at`, Redis's own clock
    counts. Of the messages to one recipient on one `topic`, only the one accepted last is still
    wanted.
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
        """Returns the question for one of a candidate's messages; `name` is unique among them."""
        return cls(
            key=f"{candidate.id}/{name}",
            lane=lane,
            approver=approver,
            brand_id=candidate.brand_id,
            accepted_at=candidate.accepted_at,
            latest_start=latest_start,
        )

    def asked_again_after(self, now: datetime) -> timedelta | None:
        """Returns how long to wait after TOO_LATE; None once `latest_start` has passed."""
        remaining = self.latest_start - now
        if remaining <= timedelta(0):
            return None
        return min(max(_SHORTEST_PAUSE, remaining / 8), remaining)


class SlotStatus(StrEnum):
    GO = "go"
    WAIT = "wait"
    TOO_LATE = "too late"
    SUPERFLUOUS = "superfluous"
    """A newer message on the same topic is waiting, or went out."""


@dataclass(frozen=True)
class SlotAnswer:
    """Go, ask again after `wait`, or never; `ahead` counts the messages that go before this one."""

    status: SlotStatus
    wait: timedelta = timedelta(0)
    ahead: int = 0
