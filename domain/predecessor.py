"""The candidate that another one replaces, and whether its place is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.candidate import Approver, Candidate
from domain.decision import CORE_REPLACED, SYSTEM_OVERTAKEN, Decision, Outcome


@dataclass(frozen=True)
class Predecessor:
    """A replaced candidate, as its run reports it.

    `has_ended` is true once the run is over, with or without a decision. `took_place` says whether
    the candidate took the place of the one that it replaces; it is None if it replaces none, or
    while that is open. `asked` are the approvers who were asked; those in `left` learn of its end
    from its successor's prompt.
    """

    candidate: Candidate
    decision: Decision | None
    has_ended: bool
    took_place: bool | None
    asked: Sequence[Approver]
    left: Sequence[Approver]

    def is_free_for(self, successor_id: str) -> bool | None:
        """Returns whether a candidate can take this one's place; None while that is open.

        A post is answered at most once. A candidate that an owner decided, that was overtaken, or
        that another candidate replaced leaves no place to take. Neither does a candidate that
        replaces one whose place it did not take.
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
