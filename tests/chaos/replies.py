"""No acknowledged reply is lost, only approvers' replies count, and strangers learn nothing."""

from collections.abc import Iterator

from domain.conversation.numbers import number_of
from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.decisions import was_shown_whole
from tests.chaos.ledger import Said
from tests.chaos.lives import Life, Signaled, Wish

_UNDERSTOOD = "Got it: "


def check_replies(evidence: Evidence) -> Iterator[Breach]:
    for life in evidence.lives.values():
        signals: list[Signaled | Wish] = [*life.replies, *life.wishes]
        for signal in signals:
            yield from _check_signal(evidence, life, signal)
    for said in evidence.ledger.said.values():
        for candidate_id in said.about:
            yield from _check_acknowledged(evidence, said, candidate_id)
        if not said.acked_at:
            yield Breach(
                "reply not accepted",
                ", ".join(said.about),
                f"{said.key} {said.text!r}, last answer: {said.last_answer}",
            )
        if said.kind == "stranger" and any(said.words):
            yield Breach("stranger answered", ", ".join(said.about), f"{said.key} read {said.words}")


def _check_signal(evidence: Evidence, life: Life, signal: Signaled | Wish) -> Iterator[Breach]:
    said = evidence.ledger.said.get(signal.key)
    posted = evidence.ledger.posted.get(life.id)
    if said is None:
        yield Breach("reply that nobody wrote", life.id, f"event {signal.event}: {signal.key}")
        return
    if said.sender != signal.sender or (posted and signal.sender not in posted.approvers):
        yield Breach("reply from somebody else", life.id, f"event {signal.event}: {signal.key} of {said.sender}")
    if isinstance(signal, Signaled) and said.verdict != signal.verdict:
        yield Breach("reply misread", life.id, f"event {signal.event}: {said.text!r} as {signal.verdict}")
    if isinstance(signal, Wish) and not (said.verdict or said.wants_to_see):
        yield Breach("reply misread", life.id, f"event {signal.event}: {said.text!r} as a wish to see the prompt")
    if said.about and life.id not in said.about:
        yield Breach(
            "reply to the wrong candidate", life.id, f"event {signal.event}: {signal.key} was about {said.about}"
        )


def _check_acknowledged(evidence: Evidence, said: Said, candidate_id: str) -> Iterator[Breach]:
    """Checks that a reply is in the history if the edge accepted it while its candidate was open.

    A quotation might not be found yet, and a tapback can fit several candidates; these count only
    if the edge answered that it understood. A chat that was not shown the whole candidate can be
    shown it instead.
    """
    life, posted = evidence.lives.get(candidate_id), evidence.ledger.posted.get(candidate_id)
    if not (life and posted and said.verdict and said.acked_at) or said.sender not in posted.approvers:
        return
    if said.may_be_asked_about and not any(_UNDERSTOOD in words for words in said.words):
        return
    is_signaled = said.key in {reply.key for reply in life.replies}
    if is_signaled or said.acked_at >= _open_until(life) or _is_ambiguous(evidence, said):
        return
    if len(said.about) > 1 and not _is_taken_together(evidence, said):
        return
    is_shown = said.key in {wish.key for wish in life.wishes}
    if not is_shown or was_shown_whole(life, said.sender, said.written_at):
        moments = f"written {clock(said.written_at)}, acknowledged {clock(said.acked_at)}"
        yield Breach("lost reply", life.id, f"{said.key} {said.text!r}, {moments}: {said.words}")


def _is_taken_together(evidence: Evidence, said: Said) -> bool:
    """Returns whether a verdict on several had to count.

    It counts for all of them, or for none if one of them cannot be decided.
    """
    lives = [life for id_ in said.about if (life := evidence.lives.get(id_))]
    if any(said.key == reply.key for life in lives for reply in life.replies):
        return True
    return all(
        (said.acked_at or 0) < _open_until(life) and was_shown_whole(life, said.sender, said.written_at)
        for life in lives
    )


def _is_ambiguous(evidence: Evidence, said: Said) -> bool:
    """Returns whether another candidate of the sender has the same number."""
    mine = [posted.id for posted in evidence.ledger.posted.values() if said.sender in posted.approvers]
    numbers = [number_of(id_) for id_ in mine]
    return any(numbers.count(number_of(id_)) > 1 for id_ in said.about)


def _open_until(life: Life) -> float:
    return min(life.deadline, life.decided.decided_at if life.decided else life.deadline)
