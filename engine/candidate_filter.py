"""Selects the candidates of a list, as queries to Temporal's visibility store."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.decision import UNDECIDED, ApprovalState

_MICROSECOND = timedelta(microseconds=1)
_HALF_A_MILLISECOND = timedelta(microseconds=500)
_MILLISECOND = timedelta(milliseconds=1)
_FIRST_MOMENT, _LAST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""No candidate is older or newer, and stores reject moments that are much further away."""


@dataclass(frozen=True)
class CandidateFilter:
    """Limits a list to a brand, to states, and to acceptance from `since` until before `until`."""

    brand_id: str | None = None
    states: frozenset[ApprovalState] = frozenset(ApprovalState)
    since: datetime | None = None
    until: datetime | None = None

    @property
    def undecided(self) -> str | None:
        """The query for wanted candidates that are undecided; None if none are wanted."""
        wanted = [state for state in UNDECIDED if state in self.states]
        return self._query(_in_states(wanted), "ExecutionStatus = 'Running'") if wanted else None

    def decided(self, after: datetime, before: datetime) -> str | None:
        """Returns the query for wanted candidates decided in a period; None if none are wanted.

        The period is after < DecidedAt <= before. Each bound lies between two milliseconds, because
        a store might compare moments as texts.
        """
        every = [state for state in ApprovalState if state not in UNDECIDED]
        wanted = [state for state in every if state in self.states]
        moments = [
            f"DecidedAt > '{(after + _HALF_A_MILLISECOND).isoformat()}'",
            f"DecidedAt < '{(before + _HALF_A_MILLISECOND).isoformat()}'",
        ]
        return self._query(*([_in_states(wanted)] if wanted != every else []), *moments) if wanted else None

    @property
    def mark(self) -> str:
        """A hash that is equal for equal filters."""
        said = [self.brand_id, sorted(self.states), self.since, self.until]
        return hashlib.sha256(repr([str(part) for part in said]).encode()).hexdigest()[:16]

    def _query(self, *conditions: str) -> str:
        brand = [f"BrandId = '{self.brand_id}'"] if self.brand_id is not None else []
        since = [f"StartTime > '{_just_before(self.since).isoformat()}'"] if self.since else []
        until = [f"StartTime < '{_just_before(self.until).isoformat()}'"] if self.until else []
        return " AND ".join([*brand, *conditions, *since, *until])


def _in_states(states: Sequence[ApprovalState]) -> str:
    return f"ApprovalState IN ({', '.join(repr(state.value) for state in states)})"


def _just_before(moment: datetime) -> datetime:
    """Returns a time between the last millisecond before a moment and the next one.

    Times of acceptance have millisecond precision.
    """
    bounded = min(max(moment, _FIRST_MOMENT), _LAST_MOMENT).astimezone(UTC)
    excess = timedelta(microseconds=bounded.microsecond) % _MILLISECOND
    return bounded + (_MILLISECOND - excess if excess else timedelta()) - _MICROSECOND
