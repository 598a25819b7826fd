"""The time in which the gateway could have asked an owner, and nothing prevented it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf

from tests.chaos.breaches import Evidence, clock
from tests.chaos.ledger import Outage
from tests.chaos.limits import Start, prompts_by_lane
from tests.chaos.lives import UNKNOWN, Life, Send

SLOWNESS = 15
"""Seconds by which a loaded machine can be late while every process runs."""

RECOVERY = 15
"""Seconds from the return of a killed process until Temporal has assigned its tasks again."""

_LONGEST_RETRY = 30
"""The most seconds between two attempts of one send."""

_LONGEST_LOOK = 45
"""Seconds by which single failures can delay the answer to a look."""

_LONGEST_SEND = {"whatsapp": 15, "imessage": 70}
"""Seconds after which a send counts as ended if its worker was lost."""

_PAUSES = (60, 240, 600, 2700)
_LATER = 3600
"""Seconds from the end of an attempt to the repetition; at most half of the remaining time."""

_LOST, _AFTER_A_LOSS = "its worker was lost", 5


@dataclass(frozen=True)
class Chance:
    """The time in which an owner could have been asked; `away` and `queued` are seconds of it."""

    since: float
    until: float
    away: float
    queued: float

    @property
    def was_clear(self) -> bool:
        return self.until - self.since - self.away - self.queued > SLOWNESS

    def __str__(self) -> str:
        excused = f"{self.away:.0f} s of it away, {self.queued:.0f} s for the queue"
        return f"from {clock(self.since)} to {clock(self.until)}, {excused}"


class Chances:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def of(self, life: Life, approver: str, *, until: float = inf) -> Chance | None:
        """Returns the last chance to ask an owner, given what had been sent by `until`, or None.

        It begins once the last outage has ended and the next attempt is due. It ends at the last
        moment at which a prompt is useful, or with a decision that came before the owner was asked.
        """
        asked_at = self.first_asked_at(life, approver) or inf
        decided_at = life.decided.recorded_at if life.decided else inf
        end = min(life.latest_prompt_at, decided_at if decided_at < asked_at else inf)
        since = max(life.accepted_at, self._due(life, approver, end, until))
        if outage := self.last_outage(life, approver, end):
            since = max(since, outage.until)
        if since >= end:
            return None
        return Chance(since, end, self._away(since, end), self._queued(life, approver, since, end))

    def first_asked_at(self, life: Life, approver: str) -> float | None:
        """Returns when the whole prompt had arrived, without messages that came back."""
        returned = {send.text for send in life.prompts_to(approver) if life.came_back(send)}
        arrived = self._whole.get((approver, life.id), [])
        return min((at for text, at in arrived if text not in returned), default=None)

    def last_outage(self, life: Life, approver: str, before: float) -> Outage | None:
        """Returns the channel's outage that ended last of those from acceptance to `before`."""
        channel = approver.partition(":")[0]
        overlapping = [
            outage
            for outage in self._evidence.ledger.outages
            if outage.channel == channel and outage.at < before and outage.until > life.accepted_at
        ]
        return max(overlapping, key=lambda outage: outage.until, default=None)

    @cached_property
    def _whole(self) -> dict[tuple[str, str], list[tuple[str, float]]]:
        """The last parts of prompts on the phones, which name their candidate."""
        found: dict[tuple[str, str], list[tuple[str, float]]] = {}
        ids = {f"Id: {life_id}": life_id for life_id in self._evidence.lives}
        for message in self._evidence.outside.messages:
            for line in message.text.split("\n"):
                if line in ids:
                    found.setdefault((message.to, ids[line]), []).append((message.text, message.at))
        return found

    @cached_property
    def _lanes(self) -> tuple[dict[str, list[Start]], dict[str, list[Start]]]:
        brands = prompts_by_lane(self._evidence, of_brand=True)
        return brands, prompts_by_lane(self._evidence, of_brand=False)

    def _due(self, life: Life, approver: str, end: float, until: float) -> float:
        """Returns when the attempt after the last one that began before both moments was due."""
        sends = [send for send in life.prompts_to(approver) if send.scheduled_at < min(end, until)]
        if not sends:
            return 0
        last = sends[-1]
        if last.ended_at > min(end, until):
            return self._retried(last, min(end, until))
        returned = [report.at for report in life.reports_of(last) if report.came_back]
        if last.end != UNKNOWN and not returned:
            return last.ended_at
        ended = max([last.ended_at, *returned])
        return max([ended + _pause(life, last, ended), *self._looked(life, last, end)])

    def _looked(self, life: Life, last: Send, end: float) -> Iterator[float]:
        """Yields when each look for a part was answered, or should have been at the latest."""
        for look in life.looks:
            if look.approver == last.approver and look.event > last.event:
                outage = self.last_outage(life, last.approver, end)
                asked_at = max(look.scheduled_at, outage.until if outage else 0)
                yield min(look.answered_at, asked_at + _LONGEST_LOOK)

    def _retried(self, send: Send, before: float) -> float:
        """Returns when an unfinished send is retried at the latest.

        It is retried after its pause, or once its worker counts as lost.
        """
        requested = [
            request.at
            for request in self._evidence.outside.requests
            if (request.to, request.text) == (send.approver, send.text) and request.at < before
        ]
        lost_at = (send.started_at or 0) + _LONGEST_SEND[send.approver.partition(":")[0]]
        last = max(requested, default=send.scheduled_at)
        outages = [
            o.until
            for o in self._evidence.ledger.outages
            if o.at < before and o.until > send.scheduled_at and send.approver.startswith(o.channel)
        ]
        return max(last + _LONGEST_RETRY, lost_at, *(until + _LONGEST_RETRY for until in outages))

    def _away(self, since: float, end: float) -> float:
        """Returns how long a process was away, or its tasks were not yet assigned again."""
        away, reached = 0.0, since
        for kill in sorted(self._evidence.ledger.disturbances, key=lambda kill: kill.at):
            begin, back = max(kill.at, reached), min(kill.back_at + RECOVERY, end)
            if kill.process != "api" and back > begin:
                away, reached = away + back - begin, back
        return away

    def _queued(self, life: Life, approver: str, since: float, end: float) -> float:
        """Returns the time that other prompts took meanwhile in the brand's or recipient's lane."""
        plan, (brands, recipients) = self._evidence.plan, self._lanes
        paces = (
            (
                brands.get(f"{life.brand} on {approver.partition(':')[0]}", []),
                max(plan.spacing, 60 / plan.refill_per_min),
            ),
            (recipients.get(approver, []), max(plan.recipient_spacing, 3600 / plan.recipient_refill_per_hour)),
        )
        return sum(pace * sum(since < start.at < end for start in starts) for starts, pace in paces)


def _pause(life: Life, last: Send, ended: float) -> float:
    if last.repetition >= len(_PAUSES) and last.approver.startswith("imessage:"):
        return inf
    if last.reason == _LOST:
        return _AFTER_A_LOSS
    pause = (*_PAUSES, _LATER)[min(last.repetition, len(_PAUSES))]
    return min(pause, max(life.deadline - ended, 0) / 2)
