"""Answers messages that decide nothing: not understood, ambiguous, or too early."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.conversation.numbers import fits, is_number, number_of
from domain.decision import Outcome, Verdict
from domain.reading.owners_message import Obstacle
from domain.reading.requests import Hedge
from domain.writing.lists import NOTHING_OPEN, listing, soonest_first
from domain.writing.naming import label, until
from domain.writing.offers import ANSWERS, NOTHING_DECIDED, can_be_given, choices, see_all
from domain.writing.wording import one_line

_OBSTACLES = {
    Obstacle.TEXT_MESSAGE: "that came as a text message, whose sender anybody can forge. Please use the blue chat",
    Obstacle.REACTION: "that reaction does not say which draft it is about",
    Obstacle.NO_TEXT: "pictures, voice notes and stickers cannot be read here",
}
_APPROVAL = Verdict(Outcome.APPROVED)


def acknowledged(
    candidates: Sequence[Candidate], now: datetime, unseen: Collection[str] = (), ended: str | None = None
) -> str:
    """Answers `ok` and the like, which can mean anything.

    `ended` says what became of the last candidate, if that is known. Answers offer no approval of
    the drafts in `unseen`, the ids of those that the chat was not shown whole.
    """
    if not candidates:
        return f"{ended or NOTHING_OPEN} No answer is needed."
    return _nothing_decided("", candidates, now, unseen)


def hedged(candidates: Sequence[Candidate], now: datetime, hedge: Hedge, unseen: Collection[str] = ()) -> str:
    """Answers a yes with a condition, a note without its command, or a wish without details.

    The answer is about the one draft that is named, or about the only open one; several that are
    named need a line each. A name that is neither a number nor the id of a candidate, such as
    `5pm`, names nothing.
    """
    names = hedge.names
    if not candidates:
        return f"{NOTHING_DECIDED}. {NOTHING_OPEN}"
    named = [name for name in names if is_number(name) or any(name == each.id for each in candidates)]
    meant = [each for each in candidates if not named or any(fits(name, each.id) or name == each.id for name in named)]
    if len(named) > 1:
        return "\n".join([*_one_line_each(meant or candidates, unseen), *listing(candidates, now)])
    if len(meant) != 1:
        return "\n".join([*_one_of_several(hedge, candidates, unseen), *listing(candidates, now)])
    number = number_of(meant[0].id)
    edited = f"To post another text send edit {number}: your text"
    rewritten = f"To have it rewritten send redo {number}: what to change"
    first, second = (_with_note(hedge, number), edited) if hedge.note else (edited, rewritten)
    return "\n".join([f"{NOTHING_DECIDED}. {first}", second, *_verdicts_on(meant[0], unseen)])


def put_off(candidates: Sequence[Candidate], now: datetime, unseen: Collection[str] = ()) -> str:
    """Answers an owner who wants to decide later: there are no reminders and no scheduled posts."""
    why = f"{NOTHING_DECIDED}. Nobody reminds you, and nothing is posted at a later time"
    match soonest_first(candidates):
        case []:
            return f"{NOTHING_DECIDED}. {NOTHING_OPEN}"
        case [candidate]:
            return (
                f"{why}: {label(candidate)} is open until {until(candidate, now)}.\n{_what_to_send(candidate, unseen)}"
            )
    return "\n".join([f"{why}. {_how_to_post_one(candidates, unseen)}", *listing(candidates, now)])


def misspelt(word: str, outcome: Outcome, candidates: Sequence[Candidate], name: str | None, now: datetime) -> str:
    """Asks whether a similar word was meant, and offers the one message that would work."""
    question = f"Did you mean {word}? {NOTHING_DECIDED}."
    if not candidates and name is None:
        return f"{question} {NOTHING_OPEN}"
    number = name or (number_of(candidates[0].id) if len(candidates) == 1 else None)
    named = number or "(number)"
    how = f"edit {named}: your text" if outcome is Outcome.EDITED else f"{ANSWERS[outcome]} {named}"
    return "\n".join([f"{question} Send {how}", *([] if number else listing(candidates, now))])


def not_understood(candidates: Sequence[Candidate], now: datetime, unseen: Collection[str] = ()) -> str:
    return _nothing_decided(": that was not understood", candidates, now, unseen)


def hindered(obstacle: Obstacle, candidates: Sequence[Candidate], now: datetime, unseen: Collection[str] = ()) -> str:
    """Says why a message cannot decide, and what to send instead."""
    return _nothing_decided(f": {_OBSTACLES[obstacle]}", candidates, now, unseen)


def reacted(candidate: Candidate, *, in_part: bool) -> str:
    """Answers a reaction to a prompt that is not a thumb."""
    why = f"{NOTHING_DECIDED} on {label(candidate)}: of reactions, only 👍 and 👎 count."
    return f"{why}\n{see_all(candidate) if in_part else choices(candidate)}"


def questioned(candidate: Candidate, now: datetime, *, in_part: bool) -> str:
    """Answers a question mark under a prompt, or a question about a draft's state."""
    why = f"{NOTHING_DECIDED}. {label(candidate)} is open until {until(candidate, now)}."
    return f"{why}\n{see_all(candidate) if in_part else choices(candidate)}"


def not_decided_yet(candidate: Candidate, unseen: Collection[str] = ()) -> str:
    """Answers an owner who wants to take back a verdict that nobody gave."""
    number = number_of(candidate.id)
    if candidate.id in unseen:
        return f"{NOTHING_DECIDED} on {label(candidate)}. {see_all(candidate)}"
    return f"{NOTHING_DECIDED}. Send yes {number} to post {label(candidate)}, or no {number} to skip it."


def is_open(candidate: Candidate, unseen: Collection[str] = ()) -> str:
    """Names an open draft next to words about another.

    Otherwise owners might think that it is decided or put off.
    """
    number = number_of(candidate.id)
    if candidate.id in unseen:
        return f"{label(candidate)} is open. {see_all(candidate)}"
    return f"{label(candidate)} is open: yes {number} · no {number}"


def _nothing_decided(why: str, candidates: Sequence[Candidate], now: datetime, unseen: Collection[str]) -> str:
    """Says that nothing was decided, and offers the one message that would work."""
    match soonest_first(candidates):
        case []:
            return f"{NOTHING_DECIDED}{why}. {NOTHING_OPEN}"
        case [candidate]:
            return f"{NOTHING_DECIDED}{why}. {_what_to_send(candidate, unseen)}"
    return "\n".join([f"{NOTHING_DECIDED}{why}. {_how_to_post_one(candidates, unseen)}", *listing(candidates, now)])


def _with_note(hedge: Hedge, number: str) -> str:
    """Offers the command with the owner's own words as its note."""
    how, verb = ("To skip it with that note", "skip") if hedge.skips else ("To have it rewritten", "redo")
    return f"{how} send {verb} {number}: {one_line(hedge.note or '')}"


def _one_of_several(hedge: Hedge, candidates: Sequence[Candidate], unseen: Collection[str]) -> list[str]:
    """Says how to name one of several drafts: only its number does."""
    if hedge.note:
        return [f"{NOTHING_DECIDED}. {_with_note(hedge, '(number)')}", "no (number) · edit (number): your text"]
    others = "no (number) · edit (number): your text · redo (number): what to change"
    return [f"{NOTHING_DECIDED}. {_how_to_post_one(candidates, unseen)}", others]


def _one_line_each(candidates: Sequence[Candidate], unseen: Collection[str]) -> list[str]:
    """Says how one message answers several drafts, with the first approvable one as an example."""
    several = soonest_first(candidates)
    approvable = [each for each in several if can_be_given(_APPROVAL, each, unseen)]
    number = number_of((approvable or several)[0].id)
    verdict = f"yes {number}" if approvable else f"no {number}"
    others = f"skip {number}: why · redo {number}: what to change"
    return [
        f"{NOTHING_DECIDED}. Send one line for each draft, as: {verdict}",
        f"no {number} · {others}" if approvable else others,
    ]


def _verdicts_on(candidate: Candidate, unseen: Collection[str]) -> list[str]:
    number = number_of(candidate.id)
    others = f"no {number} · skip {number}: why"
    if not can_be_given(_APPROVAL, candidate, unseen):
        return [others, f"To see all of it send more {number}"]
    return [f"yes {number} · {others}"]


def _how_to_post_one(candidates: Sequence[Candidate], unseen: Collection[str]) -> str:
    soonest, *_ = several = soonest_first(candidates)
    possible = any(can_be_given(_APPROVAL, each, unseen) for each in several)
    return "To post one send yes and its number." if possible else see_all(soonest)


def _what_to_send(candidate: Candidate, unseen: Collection[str]) -> str:
    number = number_of(candidate.id)
    others = f"no {number} · edit {number}: … · help"
    if not can_be_given(_APPROVAL, candidate, unseen):
        return f"{see_all(candidate)}\n{others}"
    return f"To post {label(candidate)} send yes {number}\n{others}"
