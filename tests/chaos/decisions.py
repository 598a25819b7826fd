"""Each accepted candidate has exactly one decision, the right one, and core receives it."""

from collections.abc import Iterator

from domain.identifiers import webhook_id
from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.ledger import Posted
from tests.chaos.lives import CoresEnd, Life, RecordedDecision, Signaled

TICK = 0.001
"""Decisions are stored to the millisecond."""


def check_decisions(evidence: Evidence) -> Iterator[Breach]:
    for posted in evidence.ledger.accepted:
        life = evidence.lives.get(posted.id)
        if life is None:
            yield Breach("lost candidate", posted.id, "accepted, but Temporal has no run of it")
            continue
        yield from _check_end(life)
        yield from _check_acceptance(posted, life)
        if life.decided:
            yield from _check_outcome(posted, life, life.decided)
            yield from _check_delivery(evidence, life, life.decided)
    yield from _check_strays(evidence)


def _check_end(life: Life) -> Iterator[Breach]:
    if life.status != "COMPLETED":
        pending = [f"{send.id} {send.end} {send.reason}" for send in life.sends]
        yield Breach("run did not end", life.id, f"{life.status}; decided: {life.decided}; sends: {pending}")
    elif life.decided is None:
        yield Breach("no decision", life.id, "its run ended without one")
    for failure in life.failures:
        yield Breach("workflow task failed", life.id, failure)


def _check_acceptance(posted: Posted, life: Life) -> Iterator[Breach]:
    lasts = life.deadline - life.accepted_at
    if not posted.first_at - TICK <= life.accepted_at <= (posted.acked_at or 0) + TICK:
        yield Breach(
            "wrong time of acceptance", posted.id, f"{clock(life.accepted_at)}, posted {clock(posted.first_at)}"
        )
    if abs(lasts - posted.body["deadline_sec"]) > TICK:
        yield Breach("wrong deadline", posted.id, f"{lasts} s instead of {posted.body['deadline_sec']}")


def _check_outcome(posted: Posted, life: Life, decided: RecordedDecision) -> Iterator[Breach]:
    """Compares a decision with the first valid reply that the workflow had read.

    An approval from a chat that might not have been shown the whole prompt can count or be refused.
    """
    made = (decided.outcome, decided.final_text, decided.note, decided.decider)
    end = _cores_end(life, decided)
    read_until = end.event if end else decided.read_until
    for reply in life.replies:
        if reply.event >= read_until or not reply.verdict or not _counts(reply, posted, life):
            continue
        right = (*_content(posted, *reply.verdict), reply.sender)
        if made == right:
            yield from _check_seen(life, decided, reply)
            return
        if reply.verdict[0] != "approved" or was_shown_whole(life, reply.sender, reply.received_at):
            yield Breach("wrong decision", life.id, f"{made} instead of {right}, event {reply.event}")
            return
    if end:
        yield from _check_cores_end(posted, life, decided, end)
    elif not _may_expire(posted, life, decided):
        yield Breach(
            "wrong decision", life.id, f"{made} at {clock(decided.decided_at)}, although no valid reply was read"
        )


def _cores_end(life: Life, decided: RecordedDecision) -> CoresEnd | None:
    """Returns the first end by core that the workflow had read when it decided."""
    return next((end for end in life.cores_ends if end.event < decided.read_until), None)


def _check_cores_end(posted: Posted, life: Life, decided: RecordedDecision, end: CoresEnd) -> Iterator[Breach]:
    decider = "core:replaced" if end.replaced_by else "core:withdrawn"
    if (decided.outcome, decided.decider, decided.replaced_by) != ("expired", decider, end.replaced_by):
        yield Breach("wrong decision", life.id, f"{decided} instead of {decider}, event {end.event}")
    if not (end.replaced_by or posted.may_be_withdrawn):
        yield Breach("withdrawn by nobody", life.id, f"event {end.event}")


def _content(posted: Posted, outcome: str, words: str | None) -> tuple[str, str | None, str | None]:
    """Returns the outcome, the text and the note of the decision that a verdict makes."""
    text = {"approved": posted.body["proposed_text"], "edited": words}.get(outcome)
    return outcome, text, words if outcome == "rejected" else None


def _check_seen(life: Life, decided: RecordedDecision, reply: Signaled) -> Iterator[Breach]:
    """Checks that the whole prompt was at least on its way to the chat that approved it."""
    sent = [send for send in life.prompts_to(reply.sender) if send.is_whole and send.event < decided.read_until]
    if decided.outcome == "approved" and not sent:
        yield Breach("approved unseen", life.id, f"{reply.key} of {reply.sender}, event {reply.event}")


def was_shown_whole(life: Life, approver: str, at: float) -> bool:
    """Returns whether the gateway knew by then that a chat had, or might have, a whole prompt."""
    sends = [send for send in life.prompts_to(approver) if send.may_have_arrived and send.ended_at < at]
    is_in_doubt = any(life.reports_on(send, arrived=False) for send in life.prompts_to(approver))
    return any(send.is_whole for send in sends) and not is_in_doubt


def _counts(reply: Signaled, posted: Posted, life: Life) -> bool:
    return reply.verdict is not None and reply.sender in posted.approvers and reply.received_at <= life.deadline


def _may_expire(posted: Posted, life: Life, decided: RecordedDecision) -> bool:
    if (decided.outcome, decided.final_text) != ("expired", None):
        return False
    if decided.decider == "system:timeout":
        return decided.decided_at >= life.deadline - TICK
    if decided.decider == "system:overtaken":
        return posted.replaces is not None
    return decided.decider == "system:undeliverable" and all(map(life.failed_for_good, posted.approvers))


def _check_delivery(evidence: Evidence, life: Life, decided: RecordedDecision) -> Iterator[Breach]:
    delivered = {decision for decision in evidence.outside.delivered if decision.id == life.id}
    right = (
        decided.outcome,
        decided.final_text,
        decided.decider,
        decided.latency_ms,
        webhook_id(life.id),
        decided.note,
    )
    if not delivered:
        yield Breach("decision not delivered", life.id, f"core never got {right}")
    if len(delivered) > 1:
        yield Breach("two decisions", life.id, f"core got {sorted(map(str, delivered))}")
    for decision in delivered:
        got = (decision.outcome, decision.final_text, decision.decider, decision.latency_ms, decision.webhook_id)
        if (*got, decision.note) != right:
            yield Breach("wrong delivery", life.id, f"{got} instead of {right}")


def _check_strays(evidence: Evidence) -> Iterator[Breach]:
    accepted = {posted.id for posted in evidence.ledger.accepted}
    for candidate_id in sorted({decision.id for decision in evidence.outside.delivered} - accepted):
        yield Breach("decision without a candidate", candidate_id, "core never got it accepted")
    for candidate_id in sorted(evidence.lives.keys() - accepted):
        yield Breach("run without a candidate", candidate_id, "core never got it accepted")
    for answer in evidence.ledger.wrong_answers:
        yield Breach("wrong answer to core", answer.partition(" ")[0], answer)
