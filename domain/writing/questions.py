"""Asks which draft is meant.

Nothing was decided, and each question offers the one message that would decide.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.conversation.numbers import longer_number, number_of
from domain.decision import Verdict
from domain.reading.requests import Command
from domain.writing.lists import listing, soonest_first
from domain.writing.naming import label, listed, until
from domain.writing.offers import NOTHING_DECIDED, can_be_given, offer, see_all, with_number
from domain.writing.wording import one_line, shortened

_LONGEST_NAME = 40


def this_one(candidate: Candidate, verdict: Verdict, ended: Sequence[str], now: datetime, *, decides_next: bool) -> str:
    """Asks whether the one open candidate is meant; `ended` says what became of others.

    A bare word is offered only if it `decides_next`, together with its effect: otherwise a yes
    might mean "yes, skip this one". The message with the number always works if all of the draft
    was shown.
    """
    is_word = verdict.text is None and verdict.note is None
    how = "yes posts it · no skips it" if is_word and decides_next else f"Send {offer(candidate, verdict)}"
    return _asking_back(candidate, ended, now, how)


def doubted(question: str) -> str:
    """Says before a question that the answered message decided nothing."""
    return f"{NOTHING_DECIDED}. {question}"


def this_one_in_part(candidate: Candidate, ended: Sequence[str], now: datetime) -> str:
    """Asks about an approval of the one open candidate, of which this chat has only a part."""
    return _asking_back(candidate, ended, now, see_all(candidate))


def which_one(
    candidates: Sequence[Candidate],
    verdict: Verdict,
    ended: Sequence[str],
    now: datetime,
    in_part: Collection[str] = (),
) -> str:
    """Asks which of several open candidates is meant.

    The question has a line for each, and the one message that would work.
    """
    soonest = soonest_first(candidates)
    example = next((offer(each, verdict) for each in soonest if can_be_given(verdict, each, in_part)), None)
    how = f"Add its number: {example}" if example else see_all(soonest[0])
    return "\n".join([f"Which one? {NOTHING_DECIDED}. {how}", *ended, *listing(candidates, now)])


def ambiguous(candidates: Sequence[Candidate], now: datetime) -> str:
    """Asks about a number that several candidates have, with more digits of each."""
    lines = [listed(candidate, now, is_ambiguous=True) for candidate in soonest_first(candidates)]
    return "\n".join([f"Which one? {NOTHING_DECIDED}: several drafts have that number. Send all six digits.", *lines])


def contradiction(named: Sequence[Candidate], answered: Candidate) -> str:
    """Asks about a message that names one draft, or several, and answers the prompt of another."""
    names = " ".join(number_of(each.id) for each in named)
    why = f"{NOTHING_DECIDED}: you wrote {names} as an answer to {label(answered)}."
    return f"Which one? {why}\nSend it again as a new message, not as an answer to another."


def unknown_name(written: str, candidates: Sequence[Candidate], command: Command | None, now: datetime) -> str:
    """Asks about a number or id that no draft here has, and offers the same with a known one."""
    name = shortened(one_line(written), _LONGEST_NAME)
    why = f"no draft here has the number or id {name}"
    if _is_too_short(written):
        why = f"numbers have four digits, and {name} does not"
    return "\n".join([f"{NOTHING_DECIDED}: {why}.", *_with_offer(command, candidates, now)])


def unknown_quotation(candidates: Sequence[Candidate], command: Command | None, now: datetime) -> str:
    """Asks about an answer to an unknown message, and offers the same with a number."""
    why = f"{NOTHING_DECIDED}: it is unclear which draft your message answers."
    return "\n".join([why, *_with_offer(command, candidates, now)])


def unknown_among_several(written: str) -> str:
    name = shortened(one_line(written), _LONGEST_NAME)
    return f"{name}: {'numbers have four digits' if _is_too_short(written) else 'no draft here has this number or id'}."


def contradicted(candidate: Candidate) -> str:
    """Says in one line that a message contains different verdicts on a candidate."""
    return f"{label(candidate)}: you wrote two different answers."


def ambiguous_among_several(written: str, candidates: Sequence[Candidate]) -> str:
    numbers = " or ".join(longer_number(candidate.id) for candidate in soonest_first(candidates))
    return f"{shortened(one_line(written), _LONGEST_NAME)}: several have this number. Send {numbers}"


def several_unclear(problems: Sequence[str], candidates: Sequence[Candidate], now: datetime) -> str:
    """Refuses several verdicts if some are unclear; `problems` has a line for each of those."""
    return "\n".join([f"{NOTHING_DECIDED}: not all of that is clear.", *problems, *listing(candidates, now)])


def too_many_names(count: int, most: int) -> str:
    return f"{NOTHING_DECIDED}: your message has {count} numbers, and {most} can be answered at once. Send fewer."


def _asking_back(candidate: Candidate, ended: Sequence[str], now: datetime, how: str) -> str:
    return "\n".join([f"This one? {label(candidate)} · until {until(candidate, now)}", *ended, how])


def _is_too_short(written: str) -> bool:
    return written.isdecimal() and len(written) < len(number_of(""))


def _with_offer(command: Command | None, candidates: Sequence[Candidate], now: datetime) -> list[str]:
    """Returns the message that asks for the same of the first candidate, above the list."""
    how = "Send" if len(candidates) == 1 else "Send it with one of these numbers:"
    first = soonest_first(candidates)[:1]
    return [*(f"{how} {with_number(command, each)}" for each in first), *listing(candidates, now)]
