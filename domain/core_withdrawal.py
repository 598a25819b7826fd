"""Core's request to end a candidate, as a signal to its run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from domain.candidate import Approver

CORE = "core"


@dataclass(frozen=True)
class CoreWithdrawal:
    """A signal, so every field can be missing.

    `by` is always core. `replaced_by` is the candidate that takes the place, and `approvers` are
    that candidate's approvers, one per line.
    """

    by: str | None = None
    replaced_by: str | None = None
    approvers: str | None = None

    @classmethod
    def in_favor_of(cls, successor_id: str, approvers: Sequence[Approver]) -> Self:
        return cls(CORE, successor_id, "\n".join(map(str, approvers)))

    @property
    def is_complete(self) -> bool:
        return self.by == CORE

    @property
    def successors_approvers(self) -> list[str]:
        return (self.approvers or "").split("\n")
