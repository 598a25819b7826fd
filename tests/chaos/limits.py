"""No limit is exceeded: brands' spacing and buckets, and recipients' spacing, by the providers' record."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.findings import Evidence, Finding, clock
from tests.chaos.lives import Send

JITTER = 0.75
"""Seconds that a request may take from its slot to the provider: both run on one machine, with all the others."""


@dataclass(frozen=True)
class Start:
    """A request that began to send; equal questions are attempts at the same message."""

    at: float
    question: str


def check_limits(evidence: Evidence) -> Iterator[Finding]:
    plan = evidence.plan
    brands, recipients = starts(evidence)
    for lane, begun in brands.items():
        yield from _check_spacing(evidence, f"{lane}: brand", begun, plan.spacing)
        yield from _check_bucket(evidence, lane, begun)
    for recipient, begun in recipients.items():
        yield from _check_spacing(evidence, f"{recipient}: recipient", begun, plan.recipient_spacing)


def starts(evidence: Evidence) -> tuple[dict[str, list[Start]], dict[str, list[Start]]]:
    """Give the starts for each brand on each channel, and for each recipient, in their order."""
    sends = {
        (send.approver, send.text): (life.brand, life.id, send)
        for life in evidence.lives.values()
        for send in life.sends
    }
    brands: defaultdict[str, list[Start]] = defaultdict(list)
    recipients: defaultdict[str, list[Start]] = defaultdict(list)
    for request in sorted(evidence.outside.requests, key=lambda request: request.at):
        recipients[request.to].append(Start(request.at, request.text))
        known: tuple[str, str, Send] | None = sends.get((request.to, request.text))
        if known and known[2].takes_brand_slot:
            brand, candidate_id, send = known
            brands[f"{brand} on {request.channel}"].append(Start(request.at, f"{candidate_id}/{send.id}"))
    return brands, recipients


def _check_spacing(evidence: Evidence, lane: str, begun: list[Start], spacing: float) -> Iterator[Finding]:
    for one, other in pairwise(begun):
        gap = other.at - one.at
        if gap >= spacing - JITTER or one.question == other.question:
            continue
        seen = f"{gap:.3f} s between {clock(one.at)} and {clock(other.at)}, not {spacing}"
        flushed = _flushes(evidence, one.at - JITTER, other.at)
        kind = "spacing across a flush of Valkey" if flushed else "spacing"
        yield Finding(kind, lane, f"{seen}: {one.question!r}, {other.question!r}", unavoidable=bool(flushed))


def _check_bucket(evidence: Evidence, lane: str, begun: list[Start]) -> Iterator[Finding]:
    """Demand of each stretch of time no more messages than the bucket holds and gains; each flush fills it."""
    plan = evidence.plan
    last = sorted({start.question: start.at for start in begun}.values())
    for first, at in enumerate(last):
        for final in range(first, len(last)):
            stretch = last[final] - at + JITTER
            room = plan.capacity + stretch * plan.refill_per_min / 60
            filled = plan.capacity * _flushes(evidence, at - JITTER, last[final])
            count = final - first + 1
            if count > room + filled:
                yield Finding("bucket", lane, f"{count} from {clock(at)} to {clock(last[final])}, room for {room:.2f}")
                return
            if count > room:
                yield Finding("bucket across a flush of Valkey", lane, f"{count} from {clock(at)}", unavoidable=True)
                return


def _flushes(evidence: Evidence, since: float, until: float) -> int:
    kills = evidence.ledger.kills_of("valkey")
    return sum(kill.at <= until and kill.back_at >= since for kill in kills)
