"""No reply that was acknowledged is lost, none counts that nobody may give, and nobody learns what is not theirs."""

from collections.abc import Iterator

from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.ledger import Said
from tests.chaos.lives import Life, Signalled

_UNDERSTOOD = "Got it: "


def check_replies(evidence: Evidence) -> Iterator[Breach]:
    for life in evidence.lives.values():
        for reply in life.replies:
            yield from _check_signal(evidence, life, reply)
    for said in evidence.ledger.said.values():
        yield from _check_acknowledged(evidence, said)
        if not said.acked_at:
            yield Breach(
                "reply not taken", said.about or "", f"{said.key} {said.text!r}, in the end: {said.last_answer}"
            )
        if said.kind == "stranger" and any(said.words):
            yield Breach("stranger answered", said.about or "", f"{said.key} read {said.words}")


def _check_signal(evidence: Evidence, life: Life, reply: Signalled) -> Iterator[Breach]:
    said = evidence.ledger.said.get(reply.key)
    posted = evidence.ledger.posted.get(life.id)
    if said is None:
        yield Breach("reply that nobody wrote", life.id, f"event {reply.event}: {reply.key}")
        return
    if said.sender != reply.sender or (posted and reply.sender not in posted.approvers):
        yield Breach("reply of somebody else", life.id, f"event {reply.event}: {reply.key} of {said.sender}")
    if said.verdict != reply.verdict:
        yield Breach("reply misread", life.id, f"event {reply.event}: {said.text!r} as {reply.verdict}")
    if said.about not in {None, life.id}:
        yield Breach("reply gone astray", life.id, f"event {reply.event}: {reply.key} was about {said.about}")


def _check_acknowledged(evidence: Evidence, said: Said) -> Iterator[Breach]:
    """Demand the signal of what an approver wrote, and the edge took, while the candidate was open.

    A quotation may not be found yet, and be answered with help: what counts is that the edge said that it understood.
    """
    life, posted = evidence.lives.get(said.about or ""), evidence.ledger.posted.get(said.about or "")
    if not (life and posted and said.verdict and said.acked_at) or said.sender not in posted.approvers:
        return
    if said.quoted and not any(_UNDERSTOOD in words for words in said.words):
        return
    open_until = min(life.deadline, life.decided.decided_at if life.decided else life.deadline)
    if said.acked_at < open_until and said.key not in {reply.key for reply in life.replies}:
        yield Breach(
            "lost reply", life.id, f"{said.key} {said.text!r}, acknowledged {clock(said.acked_at)}: {said.words}"
        )
