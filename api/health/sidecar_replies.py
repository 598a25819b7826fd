"""Tracks whether the sidecar's posts are accepted.

A subscription made earlier, or by others, has a different secret.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

_REMEMBERED = timedelta(hours=1)
"""How long the last rejection counts; strangers are rejected, too."""


class SidecarReplies:
    """The iMessage webhook's rejections since the last accepted message."""

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
        """Returns the problem, or None.

        There is none if the last message was accepted, or no rejection is recent.
        """
        if not self._refused or not self._is_recent(self._clock()):
            return None
        since = self._first_at.strftime("%Y-%m-%d %H:%M UTC")
        return f"delivers with a wrong secret: {self._refused} rejected since {since}, none accepted"

    def _is_recent(self, now: datetime) -> bool:
        return now - self._last_at < _REMEMBERED
