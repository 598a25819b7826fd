"""No send begins after the decision or arrives twice unmarked; each chat asked gets its receipt."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from html import unescape

from domain.conversation.numbers import number_of
from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.ledger import Posted
from tests.chaos.lives import REFUSED, SENT, UNKNOWN, Life, RecordedDecision
from tests.chaos.origins import SAME_MOMENT, Origins
from tests.chaos.outside import Arrival

_TOLD = re.compile(r"no answer any more|It is not posted|^(Approved|Edited|Skipped): |already|Too late")
_UNDERSTOOD = "Got it: "
_PROMPT = "Without an answer it is not posted."


def check_prompts(evidence: Evidence) -> Iterator[Breach]:
    by_text = _by_text(evidence.outside.messages)
    for posted in evidence.ledger.accepted:
        if life := evidence.lives.get(posted.id):
            yield from _check_addressees(posted, life)
            yield from _check_doubles(evidence, life, by_text)
            if life.decided:
                yield from _check_scheduled(life, life.decided)
                for approver in posted.approvers:
                    yield from _check_told(evidence, life, life.decided, approver, by_text)
    yield from _check_late(evidence)
    yield from _check_strays(evidence)


def late_arrivals(evidence: Evidence) -> int:
    """Returns how many prompts were being sent at their candidate's decision, and arrived later."""
    by_text = _by_text(evidence.outside.messages)
    decided = [(life, life.decided.recorded_at) for life in evidence.lives.values() if life.decided]
    return sum(
        at > recorded_at
        for life, recorded_at in decided
        for send in life.sends
        if send.is_prompt and not send.is_repetition
        for at in by_text[send.approver, send.text]
    )


def _by_text(arrivals: tuple[Arrival, ...]) -> defaultdict[tuple[str, str], list[float]]:
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for arrival in arrivals:
        found[arrival.to, arrival.text].append(arrival.at)
    return found


def _check_addressees(posted: Posted, life: Life) -> Iterator[Breach]:
    for send in life.sends:
        if send.approver not in posted.approvers:
            yield Breach("sent to somebody else", life.id, f"{send.id} to {send.approver}")
        if send.end == REFUSED and not send.is_refused_for_good:
            yield Breach("gave up after a temporary failure", life.id, f"{send.id} {send.code}: {send.reason}")


def _check_doubles(evidence: Evidence, life: Life, arrived: dict[tuple[str, str], list[float]]) -> Iterator[Breach]:
    meant = Counter((send.approver, send.text) for send in life.sends)  # an answer can be due twice
    answered = Counter((send.approver, send.text) for send in evidence.answers)
    answered.update((said.sender, unescape(words)) for said in evidence.ledger.said.values() for words in said.words)
    for send in life.sends:
        times = arrived.get((send.approver, send.text), [])
        moments = f"{send.id} arrived {', '.join(map(clock, times))}"
        if len(times) > meant[send.approver, send.text] + answered[send.approver, send.text]:
            yield Breach("second prompt" if send.is_prompt else "second receipt", life.id, f"{moments}, unmarked")
        elif len(times) > meant[send.approver, send.text]:
            yield Breach("answer twice", life.id, f"{moments}, from the edge too", unavoidable=True)
    for receipt in life.handed:
        times = [message.at for message in evidence.outside.messages if receipt.is_told_by(message.to, message.text)]
        if len(times) > 1:
            yield Breach("second receipt", life.id, f"to {receipt.approver} at {', '.join(map(clock, times))}")


def _check_scheduled(life: Life, decided: RecordedDecision) -> Iterator[Breach]:
    for send in life.sends:
        if send.is_prompt and send.event > decided.event:
            yield Breach("send after the decision", life.id, f"{send.id} scheduled {clock(send.scheduled_at)}")


def _check_late(evidence: Evidence) -> Iterator[Breach]:
    """Checks requests after the decision.

    It allows a send whose last attempt had started when the decision was recorded.
    """
    origins = Origins(evidence.lives.values())
    for request in evidence.outside.requests:
        life, send = origins.of(request) or (None, None)
        if not (life and send and life.decided and send.is_prompt):
            continue
        decided_at = life.decided.recorded_at + SAME_MOMENT
        begun = send.started_at is not None and send.started_at <= decided_at
        if request.at > decided_at and not begun:
            moments = f"requested {clock(request.at)}, decided {clock(decided_at)}, started {send.started_at}"
            yield Breach("send after the decision", life.id, f"{send.id} {moments}")


def _check_told(
    evidence: Evidence,
    life: Life,
    decided: RecordedDecision,
    approver: str,
    arrived: dict[tuple[str, str], list[float]],
) -> Iterator[Breach]:
    """Checks that each chat that has, or might have, a prompt got a receipt.

    A missing receipt that was sent and might be lost counts as unavoidable.
    """
    all_prompts = life.prompts_to(approver)
    prompts = [send for send in all_prompts if not life.reports_on(send, arrived=False)]
    returned = {send.text for send in all_prompts if send not in prompts}  # unmarked repetitions have the same text
    on_phone = {text for to, text in arrived if to == approver} - returned
    if not any(send.may_have_arrived or send.text in on_phone for send in prompts):
        return
    handed = [receipt for receipt in life.handed if receipt.approver == approver]
    if successor := evidence.lives.get(decided.replaced_by or ""):
        handed += [each for each in successor.handed if number_of(life.id) in each.text and each.approver == approver]
        if any(send.end == UNKNOWN for send in successor.prompts_to(approver)):
            return
    if any(
        _tells(message, life.id, decided, approver) or any(h.is_told_by(message.to, message.text) for h in handed)
        for message in evidence.outside.messages
    ):
        return
    receipts = [s for s in life.sends if not s.is_prompt and s.approver == approver and s.event > decided.event]
    receipts += [s for s in evidence.answers if any(h.is_told_by(s.approver, s.text) for h in handed)]
    lost = [send for send in receipts if send.end in {UNKNOWN, REFUSED}]
    unacked = [
        said
        for said in evidence.ledger.said.values()
        if said.sender == approver == decided.decider and not said.acked_at
    ]
    reasons = [f"{send.id} {send.end}: {send.reason}" for send in lost] + [
        f"{said.key} never answered" for said in unacked
    ]
    ends = [f"{send.id} {send.end}" for send in prompts]
    yield Breach("no receipt", life.id, f"{approver}; {reasons or 'none was sent'}; {ends}", unavoidable=bool(reasons))


def _tells(message: Arrival, candidate_id: str, decided: RecordedDecision, approver: str) -> bool:
    """Returns whether a message tells a chat the end.

    The decider might have read before the decision that the verdict was understood.
    """
    if message.to != approver or number_of(candidate_id) not in message.text:
        return False
    if approver == decided.decider and _UNDERSTOOD in message.text:
        return True
    if f"Instead of {number_of(candidate_id)}" in message.text:
        return True
    return message.at >= decided.decided_at - SAME_MOMENT and bool(_TOLD.search(message.text))


def _check_strays(evidence: Evidence) -> Iterator[Breach]:
    known = {(send.approver, send.text) for life in evidence.lives.values() for send in life.sends}
    for request in evidence.outside.requests:
        if _PROMPT in request.text and (request.to, request.text) not in known:
            yield Breach("prompt without a run", request.to, f"{clock(request.at)}: {request.text[:80]!r}")
    for life in evidence.lives.values():
        for send in life.sends:
            if send.end == SENT and not any(
                m.to == send.approver and m.text == send.text for m in evidence.outside.messages
            ):
                yield Breach("sent, but not on the phone", life.id, f"{send.id} to {send.approver}")
