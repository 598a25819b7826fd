"""When a part of a prompt is sent again of which nothing shows that it arrived."""

from datetime import datetime, timedelta

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
from domain.channels import Channel

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 4, 10, 45))
"""Before each of four repetitions: they come 1, 5, 15 and 60 minutes after the first attempt."""

_LATER = timedelta(hours=1)
"""Between further ones, where the provider has said before each that it knows of no earlier one."""

_AFTER_A_LOSS = timedelta(seconds=5)
"""Where a worker was lost: its own time-out has passed, so whatever it may have sent is at the provider."""


class Repetitions:
    """Those of one approver's prompt. Runs without rules repeat once, and never ask the provider."""

    def __init__(self, candidate: Candidate, channel: Channel) -> None:
        self._candidate = candidate
        self._channel = channel

    @property
    def can_look(self) -> bool:
        return self._candidate.rules > 0 and self._channel.traits.is_searchable

    @property
    def follow_answers_only(self) -> bool:
        """Whether nothing is repeated before the provider has said that it knows of no earlier attempt."""
        return self.can_look and self._candidate.rules >= RULES_OF_WHOLE_PROMPTS

    def pause(self, now: datetime, begun: int, *, is_lost: bool = False) -> timedelta | None:
        """Returns how long to wait after the last of the attempts that were begun; None if there are no more.

        Half of the remaining time at most, so that the owner can still answer what comes then.
        """
        half = max(self._candidate.deadline - now, timedelta(0)) / 2
        if self._candidate.rules == 0:
            return self._only_pause(half) if begun == 1 else None
        if begun <= len(_PAUSES):
            return min(_AFTER_A_LOSS if is_lost else _PAUSES[begun - 1], half)
        return min(_LATER, half) if self.can_look else None

    def _only_pause(self, half: timedelta) -> timedelta:
        """Where nothing is reported, only a reply shows that the part arrived: its owner gets half of the time."""
        return min(_PAUSES[0], half) if self._channel.traits.reports_statuses else half
