"""No limit is exceeded: spacing and buckets of brands and recipients, by the providers' record."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.lives import Life, Send
from tests.chaos.origins import Origins
from tests.chaos.outside import Arrival

JITTER = 0.75
"""Seconds that a request can take from its slot to the provider, unless its history shows it."""


@dataclass(frozen=True)
class Start:
    """The start of a request, at most `late` seconds after its slot.

    Equal questions are attempts to send one message.
    """

    at: float
    question: str
    late: float = JITTER


def check_limits(evidence: Evidence) -> Iterator[Breach]:
    plan = evidence.plan
    for recipient, begun in _by_recipient(evidence).items():
        yield from _check_spacing(evidence, f"{recipient}: recipient", begun, plan.recipient_spacing)
    for lane, begun in prompts_by_lane(evidence, of_brand=True).items():
        yield from _check_spacing(evidence, f"{lane}: brand", begun, plan.spacing)
        yield from _check_bucket(evidence, lane, begun, plan.capacity, plan.refill_per_min)
    for recipient, begun in prompts_by_lane(evidence, of_brand=False).items():
        yield from _check_bucket(
            evidence, recipient, begun, plan.recipient_capacity, plan.recipient_refill_per_hour / 60
        )


def _by_recipient(evidence: Evidence) -> dict[str, list[Start]]:
    """Returns everything that was sent to each recipient, in order."""
    starts: defaultdict[str, list[Start]] = defaultdict(list)
    for request, _, late in _in_order(evidence):
        starts[request.to].append(Start(request.at, request.text, late))
    return starts


def prompts_by_lane(evidence: Evidence, *, of_brand: bool) -> dict[str, list[Start]]:
    """Returns the prompts of each brand on each channel, or to each recipient, in order."""
    starts: defaultdict[str, list[Start]] = defaultdict(list)
    for request, origin, late in _in_order(evidence):
        if origin and origin[1].takes_brand_slot:
            life, send = origin
            lane = f"{life.brand} on {request.channel}" if of_brand else request.to
            starts[lane].append(Start(request.at, f"{life.id}/{send.id}", late))
    return starts


def _lateness(evidence: Evidence, request: Arrival, send: Send | None) -> float:
    """Returns how long after its slot a request might have arrived.

    No history contains an earlier attempt's start. A request that was sent while the provider was
    away arrives when the provider returns.
    """
    waited = request.at - send.started_at if send and send.started_at else 0
    kills = evidence.ledger.disturbances_of("simulator")
    away = [request.at - kill.at for kill in kills if kill.at <= request.at <= kill.back_at + 1]
    return max(JITTER, waited, *away)


def _in_order(evidence: Evidence) -> Iterator[tuple[Arrival, tuple[Life, Send] | None, float]]:
    """Yields each request, its send if a candidate's run made it, and how late it might be."""
    origins, others = Origins(evidence.lives.values()), _others(evidence)
    for request in sorted(evidence.outside.requests, key=lambda request: request.at):
        origin = origins.of(request)
        send = origin[1] if origin else others.get((request.to, request.text))
        yield request, origin, _lateness(evidence, request, send)


def _others(evidence: Evidence) -> dict[tuple[str, str], Send]:
    """Returns what no candidate's run sent: a chat's receipts, and answers."""
    return {(send.approver, send.text): send for send in evidence.answers}


def _check_spacing(evidence: Evidence, lane: str, begun: list[Start], spacing: float) -> Iterator[Breach]:
    for one, other in pairwise(begun):
        gap = other.at - one.at
        # The later request might have had the earlier slot.
        slots_apart = max(gap + one.late, other.late - gap)
        if slots_apart >= spacing or one.question == other.question:
            continue
        seen = f"{gap:.3f} s between {clock(one.at)} and {clock(other.at)}, not {spacing}"
        flushed = _flushes(evidence, one.at - one.late, other.at)
        kind = "spacing across a flush of Valkey" if flushed else "spacing"
        yield Breach(kind, lane, f"{seen}: {one.question!r}, {other.question!r}", unavoidable=bool(flushed))


def _check_bucket(
    evidence: Evidence, lane: str, begun: list[Start], capacity: int, refill_per_min: float
) -> Iterator[Breach]:
    """Checks that no period has more prompts than the bucket's capacity plus its refill.

    Each flush fills the bucket.
    """
    last = sorted({start.question: start for start in begun}.values(), key=lambda start: start.at)
    for first, start in enumerate(last):
        for final in range(first, len(last)):
            at, until = start.at, last[final].at
            stretch = until - at + start.late
            room = capacity + stretch * refill_per_min / 60
            filled = capacity * _flushes(evidence, at - start.late, until)
            count = final - first + 1
            if count > room + filled:
                yield Breach("bucket", lane, f"{count} from {clock(at)} to {clock(until)}, room for {room:.2f}")
                return
            if count > room:
                yield Breach("bucket across a flush of Valkey", lane, f"{count} from {clock(at)}", unavoidable=True)
                return


def _flushes(evidence: Evidence, since: float, until: float) -> int:
    kills = evidence.ledger.disturbances_of("valkey")
    return sum(kill.at <= until and kill.back_at >= since for kill in kills)
