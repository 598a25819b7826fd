"""A bare word decides only the one candidate that its chat was shown and was not told the end of.

The check uses what the phone showed when the word was written. If messages overlap, it assumes that
the gateway is right.
"""

from collections.abc import Iterator

from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.chances import RECOVERY
from tests.chaos.chats import ShownCandidate, shown_in
from tests.chaos.ledger import Said
from tests.chaos.lives import Life

_OVERLAP = 1.0
"""Seconds within which the order of two messages is uncertain."""

_LONGEST_SEND = 75
"""Seconds from the note that a send begins until its message is on a phone, at most."""

_LAG = 5
"""Seconds after which Temporal's lists agree with the histories."""


def check_bare_words(evidence: Evidence) -> Iterator[Breach]:
    for life, said in bare_words(evidence):
        yield from _check(evidence, life, said)


def bare_words(evidence: Evidence) -> Iterator[tuple[Life, Said]]:
    """Yields each bare word that counted as a verdict, with its candidate."""
    for life in evidence.lives.values():
        for reply in life.replies:
            said = evidence.ledger.said.get(reply.key)
            if said and said.is_bare and reply.verdict and said.sender == reply.sender:
                yield life, said


def _check(evidence: Evidence, life: Life, said: Said) -> Iterator[Breach]:
    """Checks a word at the moment of writing.

    Without a date, the gateway knows only when the word arrived.
    """
    wrong = _wrong(evidence, life, said, said.written_at)
    if not wrong:
        return
    came_at = said.acked_at or said.written_at
    is_dated = said.channel == "imessage"
    if not is_dated and not _wrong(evidence, life, said, came_at):
        came = f"arrived {clock(came_at)} without a date; {_named(wrong)}"
        yield _breach("late bare word decided what came after it", life, said, came, unavoidable=True)
        return
    rivals = [rival for rival in wrong if not isinstance(rival, str)]
    if len(rivals) == len(wrong) and all(_is_forgotten(evidence, rival, said) for rival in rivals):
        yield _breach("bare word across a flush of Valkey", life, said, _named(wrong), unavoidable=True)
        return
    yield _breach("bare word decided what it should not", life, said, _named(wrong))


def _wrong(evidence: Evidence, life: Life, said: Said, until: float) -> list[ShownCandidate | str]:
    """Returns what rules out the decision at every moment from the writing to `until`."""
    shown = shown_in(evidence, said.sender)
    found = shown.get(life.id)
    if not found or not found.whole_at or found.whole_at[0] > until + _OVERLAP:
        return [] if found and found.returned else ["it was not shown whole"]
    if any(at < said.written_at - _OVERLAP for at in found.told_at):
        return ["its end was told"]
    return [rival for id_, rival in shown.items() if id_ != life.id and _is_rival(rival, said, until)]


def _is_rival(rival: ShownCandidate, said: Said, until: float) -> bool:
    """Returns whether a word might be about another candidate.

    That is so if the chat was shown it, was not told its end and did not decide it.
    """
    is_told = any(at <= until + _OVERLAP for at in rival.told_at)
    is_own = any(r.sender == said.sender and r.received_at <= until + _OVERLAP for r in rival.life.replies)
    return rival.first_at < said.written_at - _OVERLAP and not (is_told or is_own or rival.returned)


def _is_forgotten(evidence: Evidence, rival: ShownCandidate, said: Said) -> bool:
    """Returns whether Valkey forgot a rival that a search could not find any more, or not yet."""
    at, flushes = said.written_at, evidence.ledger.disturbances_of("valkey")
    if not any(rival.first_at - _LONGEST_SEND < kill.back_at and kill.at < at for kill in flushes):
        return False
    life = rival.life
    is_open = life.deadline > at and (life.decided is None or life.decided.recorded_at > at)
    is_listed = any(send.may_have_arrived and send.ended_at < at - _LAG for send in life.prompts_to(said.sender))
    is_slow = any(at < kill.back_at + RECOVERY and kill.at < at for kill in evidence.ledger.disturbances_of("temporal"))
    return not (is_open and is_listed) or is_slow


def _named(wrong: list[ShownCandidate | str]) -> str:
    return ", ".join(w if isinstance(w, str) else f"{w.life.id} was shown {clock(w.first_at)}" for w in wrong)


def _breach(kind: str, life: Life, said: Said, why: str, *, unavoidable: bool = False) -> Breach:
    about = f"{said.key} {said.text!r} of {said.sender}, written {clock(said.written_at)}: {why}"
    return Breach(kind, life.id, about, unavoidable)
