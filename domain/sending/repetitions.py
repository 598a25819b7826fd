"""When to repeat a part of a prompt that has no proof of arrival."""

from datetime import datetime, timedelta

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
from domain.channels import Channel

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 4, 10, 45))
"""Before each of four repetitions, which follow 1, 5, 15 and 60 minutes after the first attempt."""

_LATER = timedelta(hours=1)
"""Between further repetitions, if the provider says before each that it knows of no earlier
attempt."""

_AFTER_A_LOSS = timedelta(seconds=5)
"""After a worker was lost: its own time-out has passed, so anything that it sent is at the
provider."""


class Repetitions:
    """The repetitions of one approver's prompt.

    A run with rules 0 repeats once, and never asks the provider.
    """

    def __init__(self, candidate: Candidate, channel: Channel) -> None:
        self._candidate = candidate
        self._channel = channel

    @property
    def can_look(self) -> bool:
        return self._candidate.rules > 0 and self._channel.traits.is_searchable

    @property
    def follow_answers_only(self) -> bool:
        """Whether to repeat only after the provider has said that it knows no earlier attempt."""
        return self.can_look and self._candidate.rules >= RULES_OF_WHOLE_PROMPTS

    def pause(self, now: datetime, begun: int, *, is_lost: bool = False) -> timedelta | None:
        """Returns how long to wait after the last of `begun` attempts; None if no more follow.

        The pause is at most half of the remaining time, so that the owner can still answer the
        repetition.
        """
        half = max(self._candidate.deadline - now, timedelta(0)) / 2
        if self._candidate.rules == 0:
            return self._only_pause(half) if begun == 1 else None
        if begun <= len(_PAUSES):
            return min(_AFTER_A_LOSS if is_lost else _PAUSES[begun - 1], half)
        return min(_LATER, half) if self.can_look else None

    def _only_pause(self, half: timedelta) -> timedelta:
        """Returns the pause before the only repetition under rules 0.

        Without status reports only a reply shows that the part arrived, so its owner gets half of
        the time.
        """
        return min(_PAUSES[0], half) if self._channel.traits.reports_statuses else half
