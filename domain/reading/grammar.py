"""Reads an owner's message as a command.

Only the whole message counts, and unknown words decide nothing.
"""

import re

from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.reading.folding import unwrapped
from domain.reading.misspellings import corrections
from domain.reading.owner_texts import LONGEST_BEFORE_TEXT, is_instruction
from domain.reading.phrases import UNKNOWN, phrases
from domain.reading.requests import (
    Command,
    Decide,
    DecideEach,
    EditHow,
    Hedge,
    Misspelt,
    Thanks,
    UnclearEdit,
    Unsure,
)
from domain.reading.sentences import corrects, parts, unsure
from domain.reading.single_commands import (
    LONGEST_COMMAND,
    by_id,
    sentence_in,
    with_colon,
    with_note,
    without_colon,
)
from domain.reading.wishes import wish
from domain.reading.words import ENGLISH, Language

_MOST_LINES = 15

_EDIT_BEFORE_TEXT = re.compile("[bp,]*(?:[ei]|c[ol])")
_HEDGE = re.compile("[bptfxo@#,.;:]*[aAPsSyYnzNkdeciruqQ]")
_BY_PLACE = re.compile("[bptfvxoaAPsSyYnNzkd&@#=,.;:?]*j[bptfvxoaAPsSyYnNzkdj&@#=,.;:?]*")
_ANY_NUMBER = "4821"


def read(message: str, language: Language = ENGLISH) -> Command | None:
    """Reads a message; returns None if it begins with nothing that is known."""
    text = unwrapped(message)
    return _whole(text, language) or _misspelt(text, language) or _wish(text, language) or _hedge(text, language)


def may_be_text(message: str, language: Language = ENGLISH) -> bool:
    """Returns whether a message that begins like a command might be a text to post.

    An example is "Great point! We look…".
    """
    found = phrases(message[:LONGEST_BEFORE_TEXT], language)
    is_edit = _EDIT_BEFORE_TEXT.match(found.signs) or any(map(is_number, found.names))
    is_change = is_instruction(message, language) or _wish(message, language) is not None
    return UNKNOWN in found.signs and not is_edit and not is_change


def _whole(text: str, language: Language) -> Command | None:
    """Reads a message that consists of one command or several, without other words."""
    return (
        sentence_in(text, language)
        or _each(text, language)
        or with_colon(text, language)
        or without_colon(text, language)
        or with_note(text, language)
        or by_id(text, language)
    )


def _each(text: str, language: Language) -> DecideEach | None:
    """Reads several commands, in one line or one per line.

    The last one can be an edit, whose text goes to the end of the message. A text that begins in
    the first line makes the message one edit.
    """
    if len(text) <= LONGEST_COMMAND and (found := parts(phrases(text, language))):
        return DecideEach(found)
    decided: list[Decide] = []
    lines = list(re.finditer(r"\S.*", text))[: _MOST_LINES + 1]
    if any(corrects(phrases(line[0], language).signs) for line in lines[1:]):
        return None
    for line in lines if len(lines) > 1 else []:
        match _line(line[0], language):
            case Decide(verdict=Verdict(outcome=Outcome.EDITED)) if decided:
                edit = _line(text[line.start() :], language)
                is_named = isinstance(edit, Decide) and edit.names
                return DecideEach((*decided, edit)) if is_named and isinstance(edit, Decide) else None
            case Decide(verdict=Verdict(outcome=outcome), kind=kind, names=names) as command if (
                names and outcome is not Outcome.EDITED and not kind.needs_quotation
            ):
                decided.append(command)
            case DecideEach(parts=several):
                decided.extend(several)
            case Thanks():
                continue
            case _:
                return None
    return DecideEach(tuple(decided)) if len(decided) > 1 and len(lines) <= _MOST_LINES else None


def _line(text: str, language: Language) -> Command | None:
    return (
        sentence_in(text, language)
        or (DecideEach(found) if "\n" not in text and (found := parts(phrases(text, language))) else None)
        or with_colon(text, language)
        or without_colon(text, language)
        or with_note(text, language)
    )


def _misspelt(text: str, language: Language) -> Misspelt | None:
    for word, corrected in corrections(text, language):
        command = _whole(corrected, language)
        if isinstance(command, Decide | EditHow | UnclearEdit):
            return Misspelt(word, command)
    return None


def _wish(text: str, language: Language) -> Hedge | None:
    """Reads what could be a note, if the command that would be offered with it is valid."""
    found = wish(text, language)
    command = _whole(f"redo {_ANY_NUMBER}: {found.note}", ENGLISH) if found else None
    is_note = isinstance(command, Decide) and command.verdict.note is not None
    return found if found and is_note and not _is_later(text, language) else None


def _is_later(text: str, language: Language) -> bool:
    return "Q" in phrases(text, language).signs


def _hedge(text: str, language: Language) -> Hedge | Unsure | None:
    """Reads a known word with unknown ones after it, or a number with any words."""
    found = phrases(text[:LONGEST_BEFORE_TEXT], language)
    if _BY_PLACE.fullmatch(found.signs) and len(text) <= LONGEST_BEFORE_TEXT:
        return Hedge()
    is_about_number = found.signs.startswith("#") and is_number(found.names[0])
    if not is_about_number and not _HEDGE.match(found.signs):
        return None
    doubt = unsure(found) if len(text) <= LONGEST_BEFORE_TEXT else None
    return doubt or Hedge(found.names, is_later="Q" in found.signs)
