"""The candidate that another one replaces: whether its place is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.candidate import Approver, Candidate
from domain.decision import CORE_REPLACED, SYSTEM_OVERTAKEN, Decision, Outcome


@dataclass(frozen=True)
class Predecessor:
    """As its run shows it; `has_ended` says that this run is over, with a decision or without.

    `took_place` says whether it took the place of the one that it replaces itself; None where that is not settled, or
    it replaces none. `asked` were asked, and those in `left` learn of its end by their successor.
    """

    candidate: Candidate
    decision: Decision | None
    has_ended: bool
    took_place: bool | None
    asked: Sequence[Approver]
    left: Sequence[Approver]

    def is_free_for(self, successor_id: str) -> bool | None:
        """Whether a candidate may take its place; None while that is open.

        One post is never answered twice: what was approved, or gave way to another, has no place to take, and so do all
        that replace each other in a row.
        """
        if self.decision is None:
            return self._is_free_before_it if self.has_ended else None
        is_replaced = self.decision.decider == CORE_REPLACED and self.decision.replaced_by != successor_id
        if self.decision.outcome is not Outcome.EXPIRED or self.decision.decider == SYSTEM_OVERTAKEN or is_replaced:
            return False
        return self._is_free_before_it

    @property
    def _is_free_before_it(self) -> bool | None:
        if self.candidate.replaces is None:
            return True
        return False if self.took_place is None and self.has_ended else self.took_place
