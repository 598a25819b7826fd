"""How to send a new text, and the question whether a text is meant to replace a draft."""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.writing.lists import NOTHING_OPEN, listing, soonest_first
from domain.writing.naming import label, until
from domain.writing.offers import NOTHING_DECIDED, see_all
from domain.writing.reading_back import with_text


def edit_how(candidate: Candidate, *, has_draft: bool = True) -> str:
    """Says how to send a new text; the draft follows in its own message unless it is too long."""
    command = f"edit {number_of(candidate.id)}: your text"
    if not has_draft:
        return f"To change {label(candidate)} send {command}"
    return f"To change {label(candidate)} copy the next message, change it, and send it as {command}"


def which_edit(candidates: Sequence[Candidate], now: datetime) -> str:
    if not candidates:
        return f"{NOTHING_DECIDED}. {NOTHING_OPEN}"
    example = f"edit {number_of(soonest_first(candidates)[0].id)}: your text"
    return "\n".join([f"Which one? Send {example}", *listing(candidates, now)])


def proposal(candidate: Candidate, text: str) -> str:
    """Asks whether a text that arrived without `edit:` is meant to replace the draft."""
    return f"{with_text(f'Post this instead of {label(candidate)}?', text)}\nyes or no"


def proposal_unnoted(candidate_id: str) -> str:
    """Offers the edit instead of a question about a text.

    It replaces a question that could not be recorded, because nobody would know what a yes answers.
    """
    return f"{NOTHING_DECIDED}. To post that text send it as edit {number_of(candidate_id)}: your text"


def still_proposed(question: str) -> str:
    """Repeats the question about a text after a message that was no answer, or came too early."""
    return f"{NOTHING_DECIDED}.\n{question}"


def proposal_left(words: str) -> str:
    """Adds to an answer that the text of an earlier question is not taken."""
    return f"{words}\nYour text is not taken."


def proposal_dropped(candidate: Candidate, now: datetime, unseen: Collection[str] = ()) -> str:
    number = number_of(candidate.id)
    offer = f"{see_all(candidate)}\nno · edit {number}: …" if candidate.id in unseen else f"yes · no · edit {number}: …"
    return f"Dropped. {label(candidate)} is open until {until(candidate, now)}.\n{offer}"
