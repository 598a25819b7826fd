"""After an outage, the gateway asks every owner who still has time."""

from collections.abc import Iterator

from tests.chaos.breaches import Breach, Evidence
from tests.chaos.chances import Chances
from tests.chaos.ledger import Posted
from tests.chaos.lives import Life


def check_asked(evidence: Evidence) -> Iterator[Breach]:
    chances = Chances(evidence)
    for posted, life in _chats(evidence):
        for approver in posted.approvers:
            if chances.first_asked_at(life, approver) is not None or life.failed_for_good(approver):
                continue
            chance = chances.of(life, approver)
            if chance and chance.was_clear:
                yield Breach("not asked", life.id, f"{approver}, {chance}; {_ends(life, approver)}")


def asked_after_outages(evidence: Evidence) -> tuple[int, int]:
    """Returns how many chats were first asked after an outage, and how many of them had to be.

    The second number counts the chats that `check_asked` would report if the gateway had not asked
    them.
    """
    chances, asked, owed = Chances(evidence), 0, 0
    for posted, life in _chats(evidence):
        for approver in posted.approvers:
            at = chances.first_asked_at(life, approver)
            outage = chances.last_outage(life, approver, at or 0)
            if at and outage and outage.until <= at:
                asked += 1
                chance = chances.of(life, approver, until=outage.until)
                owed += chance is not None and chance.was_clear
    return asked, owed


def _chats(evidence: Evidence) -> Iterator[tuple[Posted, Life]]:
    for posted in evidence.ledger.accepted:
        if life := evidence.lives.get(posted.id):
            yield posted, life


def _ends(life: Life, approver: str) -> str:
    sends = life.prompts_to(approver)
    return ", ".join(f"{send.id} {send.end} {send.reason}".strip() for send in sends) or "no send was scheduled"
