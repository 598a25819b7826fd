"""Whether what the sidecar posts is let in: a subscription of before, or of others, has another secret."""

from collections.abc import Callable
from datetime import datetime, timedelta

_REMEMBERED = timedelta(hours=1)
"""Since the last refusal; strangers are refused, too."""


class SidecarReplies:
    """What this process refused at the iMessage webhook since it last took a message there."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._refused = 0
        self._first_at = self._last_at = clock()

    def taken(self) -> None:
        self._refused = 0

    def refused(self) -> None:
        now = self._clock()
        if not self._is_recent(now):
            self._refused = 0
        self._first_at = self._first_at if self._refused else now
        self._last_at = now
        self._refused += 1

    def problem(self) -> str | None:
        """Says that messages are refused; None if the last one was taken, or none came lately."""
        if not self._refused or not self._is_recent(self._clock()):
            return None
        since = self._first_at.strftime("%Y-%m-%d %H:%M UTC")
        return f"delivers with a wrong secret: {self._refused} refused since {since}, and none taken"

    def _is_recent(self, now: datetime) -> bool:
        return now - self._last_at < _REMEMBERED
