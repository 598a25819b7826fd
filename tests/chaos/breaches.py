"""The evidence that the reconciliation compares, and its findings."""

from dataclasses import dataclass, field

from tests.chaos.ledger import Ledger
from tests.chaos.lives import Life, Send
from tests.chaos.outside import Outside
from tests.chaos.plan import Plan


@dataclass(frozen=True)
class Breach:
    """A broken promise, or something unavoidable that the run reports."""

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
    """Messages that no candidate's run sent, such as the edge's answers on iMessage."""


def clock(moment: float) -> str:
    """Returns a moment as short text; two such texts can be compared."""
    return f"{moment % 100_000:.3f}"
