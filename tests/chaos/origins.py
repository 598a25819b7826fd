"""Finds the send that a request comes from; the repetitions of a part share one text."""

from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.lives import Life, Send
from tests.chaos.outside import Arrival

SAME_MOMENT = 0.05
"""The most seconds between two processes' records of one moment on one machine."""


class Origins:
    def __init__(self, lives: Iterable[Life]) -> None:
        self._sends: defaultdict[tuple[str, str], list[tuple[Life, Send]]] = defaultdict(list)
        for life in lives:
            for send in life.sends:
                self._sends[send.approver, send.text].append((life, send))

    def of(self, arrival: Arrival) -> tuple[Life, Send] | None:
        """Returns the last send of a text that was scheduled before it arrived, or the first."""
        sends = self._sends[arrival.to, arrival.text]
        begun = [(life, send) for life, send in sends if send.scheduled_at <= arrival.at + SAME_MOMENT]
        return next(reversed(begun), None) or next(iter(sends), None)
