"""What the reconciliation weighs, and what it can find."""

from dataclasses import dataclass, field

from tests.chaos.ledger import Ledger
from tests.chaos.lives import Life, Send
from tests.chaos.outside import Outside
from tests.chaos.plan import Plan


@dataclass(frozen=True)
class Breach:
    """A promise that was broken, or something unavoidable that the run can name."""

    kind: str
    about: str
    evidence: str
    unavoidable: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}: {self.evidence}"


@dataclass(frozen=True)
class Evidence:
    plan: Plan
    ledger: Ledger
    lives: dict[str, Life] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)
    answers: tuple[Send, ...] = ()
    """What was sent by no candidate's run: the edge's answers on iMessage."""


def clock(moment: float) -> str:
    """Write a moment so that two can be compared."""
    return f"{moment % 100_000:.3f}"
