"""Reads one command, with its name, new text or note.

The command's own part is folded; a new text, or a note for core, stays as it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from domain.blank_text import is_blank
from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.identifiers import CANDIDATE_ID
from domain.reading.consent import consent
from domain.reading.folding import folded
from domain.reading.notes import says_what, says_why, takes_note
from domain.reading.owner_texts import (
    LONGEST_BEFORE_TEXT,
    after_placeholder,
    begins_with_number,
    is_change,
    is_instruction,
    is_placeholder,
)
from domain.reading.phrases import UNKNOWN, phrases, table_of, written
from domain.reading.requests import Command, Decide, EditHow, Hedge, Kind, ShowPrompt, UnclearEdit
from domain.reading.sentences import FIRST, NAMES, sentence
from domain.reading.words import Language

_PADDING = dict.fromkeys(map(ord, ".…_-"))
LONGEST_COMMAND = 2000
"""Characters of a message without a text of the owner's: the longest ids of fifteen candidates fit.
"""
_MOST_WORDS_BEFORE_TEXT = 10

_OPENING = "(?:(?:[pbkyt][,.;]*|[nz][,.;]+){0,4}|(?:[pbt][,.;]*){0,4}" + FIRST + ")"
"""It has no verdict before a name: in `yes 4821, redo: shorter` the name belongs to the verdict."""
_INTO = "(?:[xl=]o?)"
_EDIT_WITH_COLON = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?p?|co?{NAMES}{_INTO}|i{NAMES})")
_REDO_WITH_COLON = re.compile(_OPENING + f"ro?{NAMES}p?")
_EDIT_BY_NUMBER = re.compile(_OPENING + "eo?x{0,2}#")
_EDIT_OF_SORTS = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?|co?{NAMES}{_INTO}|i)[,.;]*")
_SKIP_BY_NAME = re.compile(_OPENING + "(?:s|N{1,3})x{0,2}#[,.;]*")
_REDO_BY_NAME = re.compile(_OPENING + "ro?x{0,2}#[,.;]*")

_COLON = re.compile("[:\uff1a\ufe55](?!-?[)(dDpP3]{1,2}(?:\\s|$))")
"""Smileys are excluded."""
_COMMAND_AND_ID = re.compile(rf"(approve|skip|reject|edit|show)\s+({CANDIDATE_ID})", re.IGNORECASE)


def sentence_in(text: str, language: Language) -> Command | None:
    return sentence(phrases(text, language)) if len(text) <= LONGEST_COMMAND else None


def with_colon(text: str, language: Language) -> Command | None:
    """Reads `edit 4821: text`, `redo: note` or `skip 4821: note`."""
    colon = _COLON.search(text, 0, LONGEST_BEFORE_TEXT)
    if colon is None or _has_verdict_above(text[: colon.start()], language):
        return None
    head, tail = text[: colon.start()], text[colon.end() :].strip()
    found = phrases(head, language)
    if _EDIT_WITH_COLON.fullmatch(found.signs):
        return _edited(tail, found.names, language)
    if _REDO_WITH_COLON.fullmatch(found.signs) and len(found.groups) <= 1:
        return _noted(Decide(Verdict(Outcome.REJECTED), Kind.VERB, found.names), tail, language) if tail else None
    match sentence(found) or by_id(head, language):
        case Decide(verdict=Verdict(outcome=Outcome.REJECTED)) as command:
            return _noted(command, tail, language)
        case EditHow(name=str(name)):
            return _edited(tail, (name,), language)
    return None


def _has_verdict_above(head: str, language: Language) -> bool:
    """Returns whether a line above the colon is a verdict with a name.

    What follows the colon might then be about another draft.
    """
    first, *more = head.strip().split("\n")
    command = sentence_in(first, language) if more else None
    return isinstance(command, Decide) and bool(command.names)


def without_colon(text: str, language: Language) -> Command | None:
    """Reads `edit 4821 text`; anything else that begins like an edit is unclear."""
    if not {"e", "c", "i"}.intersection(phrases(text[:LONGEST_BEFORE_TEXT], language).signs):
        return None
    for head, tail in _splits(text):
        found = phrases(head, language)
        if not _EDIT_OF_SORTS.fullmatch(found.signs) or len(found.names) > 1:
            continue
        if _EDIT_BY_NUMBER.fullmatch(found.signs) and is_number(found.names[0]) and not begins_with_number(tail):
            if is_change(tail, language):
                return UnclearEdit(tail, found.only_name)
            return _edited(tail, found.names, language)
        if is_instruction(tail, language):
            return Hedge(found.names)
        return UnclearEdit(tail, found.only_name)
    return None


def with_note(text: str, language: Language) -> Command | None:
    """Reads `skip 4821 too salesy` or `redo 4821 shorter`: what follows the number is the note.

    After several numbers a note needs a colon: in `skip 4821, 7390 is fine` there is no note on
    both.
    """
    for head, tail in _splits(text):
        found = phrases(head, language)
        if found.only_name is None:
            continue
        is_skip = _SKIP_BY_NAME.fullmatch(found.signs) and takes_note(head, language) and says_why(tail, language)
        if is_skip or (_REDO_BY_NAME.fullmatch(found.signs) and says_what(tail, language)):
            return _noted(Decide(Verdict(Outcome.REJECTED), Kind.VERB, found.names), tail, language)
    return None


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Yields the splits after each of the first words, from the last of them to the first."""
    words = list(re.finditer(r"\S+", text[:LONGEST_BEFORE_TEXT]))[:_MOST_WORDS_BEFORE_TEXT]
    for word in reversed(words):
        if tail := text[word.end() :].strip():
            yield text[: word.end()], tail


def _edited(text: str, names: tuple[str, ...], language: Language) -> Command | None:
    """Reads the new text of an edit.

    Without a text, or with a placeholder, the owner asks how to edit. An instruction, a text that
    is hardly a post, and a text whose first number might name a draft make the edit unclear.
    """
    if len(names) > 1:
        return None
    name = names[0] if names else None
    text = after_placeholder(text, language)
    if is_blank(text.translate(_PADDING)) or is_placeholder(text, language):
        return EditHow(name)
    if _is_command(text, language) or is_instruction(text, language) or (name is None and begins_with_number(text)):
        return UnclearEdit(text, name)
    return Decide(Verdict(Outcome.EDITED, text), Kind.VERB, names)


def _noted(command: Decide, note: str, language: Language) -> Command | None:
    """Adds a note for core to a command; returns None if the text is not a note.

    A placeholder is not one, nor is a verdict, nor a text that begins with a possible name.
    """
    if is_placeholder(note, language) or (not command.names and begins_with_number(note)):
        return None
    inner = sentence_in(note, language)
    if isinstance(inner, Decide) and (len(command.names) > 1 or not inner.kind.needs_quotation):
        return None
    return replace(command, verdict=replace(command.verdict, note=note or None))


def by_id(text: str, language: Language) -> Command | None:
    """Reads a command with an id that could be a word, unless the table contains that word."""
    match = _COMMAND_AND_ID.fullmatch(folded(text[: LONGEST_BEFORE_TEXT + 1]).rstrip("!, "))
    if match is None or written(match[2].rstrip(".")) in table_of(language).signs:
        return None
    match match[1].lower():
        case "edit":
            return EditHow(match[2])
        case "show":
            return ShowPrompt(match[2])
        case verb:
            outcome = Outcome.APPROVED if verb == "approve" else Outcome.REJECTED
            return Decide(Verdict(outcome), Kind.VERB, (match[2],))


def _is_command(text: str, language: Language) -> bool:
    """Returns whether the gateway or a provider heeds every word of a text.

    Such a text is hardly a post.
    """
    if len(text) > LONGEST_COMMAND:
        return False
    return UNKNOWN not in phrases(text, language).signs or bool(by_id(text, language) or consent(text))
