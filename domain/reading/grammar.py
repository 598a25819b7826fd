"""What an owner wrote, read as a command: only the whole message counts, and what is not known decides nothing."""

import re

from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.reading.folding import unwrapped
from domain.reading.misspellings import corrections
from domain.reading.own_texts import LONGEST_BEFORE_TEXT, is_instruction
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
    """Read a message; None if it begins with nothing that is known."""
    text = unwrapped(message)
    return _whole(text, language) or _misspelt(text, language) or _wish(text, language) or _hedge(text, language)


def may_be_text(message: str, language: Language = ENGLISH) -> bool:
    """Whether a message that begins as a command, and is none, may be a text to post: "Great point! We look…"."""
    found = phrases(message[:LONGEST_BEFORE_TEXT], language)
    is_edit = _EDIT_BEFORE_TEXT.match(found.signs) or any(map(is_number, found.names))
    is_change = is_instruction(message, language) or _wish(message, language) is not None
    return UNKNOWN in found.signs and not is_edit and not is_change


def _whole(text: str, language: Language) -> Command | None:
    """Read a command, or several, with no word too many."""
    return (
        sentence_in(text, language)
        or _each(text, language)
        or with_colon(text, language)
        or without_colon(text, language)
        or with_note(text, language)
        or by_id(text, language)
    )


def _each(text: str, language: Language) -> DecideEach | None:
    """Read several commands, in one line or one in each; the last of them may be an edit, whose text goes to the end.

    A text that begins in the first line is one edit.
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
    """Find what could be a note, if the command that would be offered with it is one."""
    found = wish(text, language)
    command = _whole(f"redo {_ANY_NUMBER}: {found.note}", ENGLISH) if found else None
    is_note = isinstance(command, Decide) and command.verdict.note is not None
    return found if found and is_note and not _is_later(text, language) else None


def _is_later(text: str, language: Language) -> bool:
    return "Q" in phrases(text, language).signs


def _hedge(text: str, language: Language) -> Hedge | Unsure | None:
    """Find a known word that more follows than is known, or a number with anything."""
    found = phrases(text[:LONGEST_BEFORE_TEXT], language)
    if _BY_PLACE.fullmatch(found.signs) and len(text) <= LONGEST_BEFORE_TEXT:
        return Hedge()
    is_about_number = found.signs.startswith("#") and is_number(found.names[0])
    if not is_about_number and not _HEDGE.match(found.signs):
        return None
    doubt = unsure(found) if len(text) <= LONGEST_BEFORE_TEXT else None
    return doubt or Hedge(found.names, is_later="Q" in found.signs)
