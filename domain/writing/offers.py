"""The one message that would work, which answers offer if nothing was decided."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.decision import Outcome, Verdict
from domain.reading.requests import Command, Decide, EditHow, UnclearEdit

NOTHING_DECIDED = "Nothing was decided"
VERBS: Mapping[Outcome, str] = MappingProxyType(
    {Outcome.APPROVED: "post", Outcome.REJECTED: "skip", Outcome.EDITED: "edit"}
)
ANSWERS: Mapping[Outcome, str] = MappingProxyType({Outcome.APPROVED: "yes", Outcome.REJECTED: "no"})


def offer(candidate: Candidate, verdict: Verdict) -> str:
    """Returns the message that gives this verdict on the candidate."""
    number = number_of(candidate.id)
    if verdict.text is not None:
        return f"edit {number}: your text"
    return f"{ANSWERS[verdict.outcome]} {number}" if verdict.note is None else f"redo {number}: what to change"


def with_number(command: Command | None, candidate: Candidate) -> str:
    """Returns the message that asks for the same of the candidate."""
    number = number_of(candidate.id)
    match command:
        case Decide(verdict=verdict):
            return offer(candidate, verdict)
        case EditHow() | UnclearEdit():
            return f"edit {number}: your text"
    return f"more {number}"


def choices(candidate: Candidate) -> str:
    number = number_of(candidate.id)
    return f"yes {number} · no {number} · more {number}"


def see_all(candidate: Candidate) -> str:
    """Offers the draft, in place of its approval, to an owner who has not seen all of it."""
    number = number_of(candidate.id)
    return f"You have not seen all of {number} here yet. If no more of it comes by itself, send more {number}"


def can_be_given(verdict: Verdict, candidate: Candidate, unseen: Collection[str]) -> bool:
    """Returns whether a verdict would count; no approval of a draft in `unseen` does.

    `unseen` contains the ids of the drafts that the chat was not shown whole.
    """
    return verdict.outcome is not Outcome.APPROVED or candidate.id not in unseen
