"""The list of open candidates, the soonest to end first; and the help, which contains the list."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.decision import Verdict
from domain.writing.naming import label, listed
from domain.writing.offers import ANSWERS, NOTHING_DECIDED, VERBS, can_be_given, see_all

HELP = """yes = post it
no = skip it
edit: your text = post your text instead
redo: shorter = skip it, and tell the agent what to change
more = see the whole draft
list = see what is open
If several are open, add the number: yes 4821"""

NOTHING_OPEN = "Nothing is open."
MOST_LISTED = 10


def soonest_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Returns candidates in the order in which they end."""
    return sorted(candidates, key=lambda candidate: (candidate.deadline, candidate.id))


def listing(candidates: Sequence[Candidate], now: datetime) -> list[str]:
    """Returns a line for each open candidate."""
    if not candidates:
        return [NOTHING_OPEN]
    lines = [listed(candidate, now) for candidate in soonest_first(candidates)[:MOST_LISTED]]
    more = len(candidates) - MOST_LISTED
    return [*lines, *([f"and {more} more"] if more > 0 else [])]


def open_ones(candidates: Sequence[Candidate], now: datetime) -> str:
    return "\n".join(listing(candidates, now))


def help_text(candidates: Sequence[Candidate], now: datetime) -> str:
    """Says what an owner can send, and what is open."""
    return "\n".join([HELP, "", *listing(candidates, now)])


def all_of_them(candidates: Sequence[Candidate], verdict: Verdict, now: datetime, unseen: Collection[str] = ()) -> str:
    """Answers `approve all`, which never decides, with the list and the one message that would."""
    if not candidates:
        return f"{NOTHING_DECIDED}. {NOTHING_OPEN}"
    soonest = soonest_first(candidates)
    possible = [each for each in soonest if can_be_given(verdict, each, unseen)][:MOST_LISTED]
    numbers = " ".join(number_of(each.id) for each in possible)
    how = f"To {VERBS[verdict.outcome]} {_these(len(possible), len(soonest))} send {ANSWERS[verdict.outcome]} {numbers}"
    return "\n".join([f"{NOTHING_DECIDED}. {how if possible else see_all(soonest[0])}", *listing(soonest, now)])


def _these(count: int, of_all: int) -> str:
    if count == of_all:
        return "it" if count == 1 else "these"
    if count == MOST_LISTED:
        return f"the first {count}"
    return f"{'one' if count == 1 else count} of these"


def shown(candidate: Candidate) -> str:
    """Announces a prompt that the owner asked for, and that follows."""
    return f"Here is {label(candidate)}"


def which_to_show(candidates: Sequence[Candidate], now: datetime) -> str:
    if not candidates:
        return NOTHING_OPEN
    first = soonest_first(candidates)[0]
    return "\n".join([f"Which one? Send more {number_of(first.id)}", *listing(candidates, now)])
