"""What became of a candidate and of its messages, in the order of its history; moments are seconds since 1970."""

from dataclasses import dataclass

SENT, UNKNOWN, REFUSED, WITHHELD = "sent", "unknown", "refused", "withheld"
"""How a send can end; `withheld` certainly did not go out."""


@dataclass(frozen=True)
class Signalled:
    """A reply in a history: its event's number, and what the edge made of it."""

    event: int
    key: str
    sender: str
    verdict: tuple[str, str | None] | None
    received_at: float


@dataclass(frozen=True)
class Report:
    """A provider's word on whether a send did arrive, or never will; `attempt` is the end of its activity's id."""

    event: int
    attempt: str
    arrived: bool = True


@dataclass(frozen=True)
class Send:
    """One activity that sends; `started_at` is its last attempt's, None if it never had one.

    It was scheduled by a workflow that had read its history up to the event `knowing`.
    """

    id: str
    event: int
    knowing: int
    approver: str
    text: str
    scheduled_at: float
    started_at: float | None
    ended_at: float
    end: str
    reason: str = ""

    @property
    def is_prompt(self) -> bool:
        return self.id.startswith("prompt/")

    @property
    def is_repetition(self) -> bool:
        return self.id.endswith("/repeated")

    @property
    def part(self) -> str:
        """Its id without the mark of a repetition."""
        return self.id.removesuffix("/repeated")

    @property
    def takes_brand_slot(self) -> bool:
        return self.is_prompt and self.part.endswith("/1")

    @property
    def may_have_arrived(self) -> bool:
        return self.end in {SENT, UNKNOWN}


@dataclass(frozen=True)
class Decided:
    """`read_until` is the last event that the workflow knew; `event` and `recorded_at` are those of the record."""

    outcome: str
    final_text: str | None
    decider: str
    decided_at: float
    latency_ms: int
    read_until: int
    event: int
    recorded_at: float


@dataclass(frozen=True)
class Life:
    id: str
    brand: str
    status: str
    accepted_at: float
    deadline: float
    replies: tuple[Signalled, ...] = ()
    sends: tuple[Send, ...] = ()
    reports: tuple[Report, ...] = ()
    decided: Decided | None = None
    failures: tuple[str, ...] = ()
    """Workflow tasks that failed, with why."""

    def reports_on(self, send: Send, *, arrived: bool) -> list[int]:
        """Give the events that say so of a send."""
        return [r.event for r in self.reports if send.id.endswith(f"/{r.attempt}") and r.arrived is arrived]
