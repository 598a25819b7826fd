"""What a person can know from the phone: the prompts in a chat, and the ends that it reports."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from domain.conversation.numbers import number_of
from tests.chaos.breaches import Evidence
from tests.chaos.lives import Life
from tests.chaos.origins import SAME_MOMENT
from tests.chaos.outside import Arrival

_TITLE = re.compile(r".+ · (?P<number>\d{4})(?: \(\d+/\d+\))?")
_UNDERSTOOD = "Got it: "


@dataclass
class ShownCandidate:
    """When a chat got a candidate's first message, the whole of it, and messages about its end.

    `returned` means that the provider reported a message as returned that the phone shows.
    """

    life: Life
    first_at: float
    whole_at: list[float] = field(default_factory=list)
    told_at: list[float] = field(default_factory=list)
    returned: bool = False


def shown_in(evidence: Evidence, chat: str) -> dict[str, ShownCandidate]:
    """Returns what a chat was shown, by candidate id."""
    messages = sorted((m for m in evidence.outside.messages if m.to == chat), key=lambda message: message.at)
    by_number = _by_number(evidence, chat)
    shown: dict[str, ShownCandidate] = {}
    for message in messages:
        for life in _prompted(message, by_number):
            found = shown.setdefault(life.id, ShownCandidate(life, message.at))
            found.returned = found.returned or _came_back(life, message)
            if f"\nId: {life.id}" in message.text:
                found.whole_at.append(message.at)
        for found in shown.values():
            if _tells_end(message, found.life):
                found.told_at.append(message.at)
    return shown


def _by_number(evidence: Evidence, chat: str) -> dict[str, list[Life]]:
    found: defaultdict[str, list[Life]] = defaultdict(list)
    for posted in evidence.ledger.accepted:
        if chat in posted.approvers and (life := evidence.lives.get(posted.id)):
            found[number_of(posted.id)].append(life)
    return found


def _prompted(message: Arrival, by_number: dict[str, list[Life]]) -> list[Life]:
    """Returns the candidates whose prompt or part a message is, by the number in its title."""
    title = _TITLE.fullmatch(message.text.split("\n", 1)[0])
    return by_number.get(title["number"], []) if title else []


def _tells_end(message: Arrival, life: Life) -> bool:
    """Returns whether a message might report an end.

    It names a candidate that has ended, and is not its prompt.
    """
    if f"Instead of {number_of(life.id)}" in message.text:
        return True
    named = re.search(rf"(?<!\d){number_of(life.id)}(?!\d)", message.text) or life.id in message.text
    if not named or _TITLE.fullmatch(message.text.split("\n", 1)[0]):
        return False
    if message.text.startswith(_UNDERSTOOD):
        return True
    return message.at >= min(life.deadline, life.decided.decided_at if life.decided else life.deadline) - SAME_MOMENT


def _came_back(life: Life, message: Arrival) -> bool:
    return message.came_back or any(
        life.reports_on(send, arrived=False)
        for send in life.sends
        if (send.approver, send.text) == (message.to, message.text)
    )
