"""One post never gets two answers: a candidate is asked about only once its place is free."""

from collections.abc import Iterator

from tests.chaos.breaches import Breach, Evidence
from tests.chaos.lives import Life, RecordedDecision

_OVERTAKEN = "system:overtaken"


def check_replacements(evidence: Evidence) -> Iterator[Breach]:
    for posted in evidence.ledger.accepted:
        old, new = evidence.lives.get(posted.replaces or ""), evidence.lives.get(posted.id)
        if old and new and old.decided and new.decided:
            yield from _check(evidence, old.decided, old, new)


def _check(evidence: Evidence, decided: RecordedDecision, old: Life, new: Life) -> Iterator[Breach]:
    assert new.decided
    is_free = _leaves_its_place(evidence, old, new.id)
    if not is_free and (new.decided.outcome != "expired" or any(send.is_prompt for send in new.sends)):
        yield Breach("two answers to one post", new.id, f"in place of {old.id}, {decided.outcome} by {decided.decider}")
    if is_free and new.decided.decider == _OVERTAKEN:
        yield Breach("overtaken by nobody", new.id, f"in place of {old.id}, {decided.outcome} by {decided.decider}")
    early = [send.id for send in new.sends if send.is_prompt and send.scheduled_at < decided.recorded_at]
    if early:
        yield Breach("asked before the old one ended", new.id, f"{early} before {old.id} was decided")


def _leaves_its_place(evidence: Evidence, old: Life, successor: str) -> bool:
    """Returns whether an old candidate left its place.

    It did if it expired, but not for another successor, and its own predecessors left theirs.
    """
    if old.decided is None or old.decided.outcome != "expired" or old.decided.decider == _OVERTAKEN:
        return False
    if old.decided.replaced_by not in {None, successor}:
        return False
    posted = evidence.ledger.posted.get(old.id)
    before = evidence.lives.get(posted.replaces) if posted and posted.replaces else None
    return before is None or _leaves_its_place(evidence, before, old.id)
