"""What an owner wrote, read as a command: only the whole message counts, and what is not known decides nothing.

The command's own part is folded; a new text, and a note for core, stay as they were written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.identifiers import CANDIDATE_ID
from domain.reading.consent import consent
from domain.reading.folding import folded, unwrapped
from domain.reading.phrases import UNKNOWN, phrases, table_of, written
from domain.reading.requests import Command, Decide, EditHow, Hedge, Kind, Show, UnclearEdit
from domain.reading.sentences import FIRST, NAMES, sentence
from domain.reading.words import ENGLISH, Language

_LONGEST_COMMAND = 2000
"""Characters of a message that has no text of the owner's own: the longest ids of fifteen candidates."""
_LONGEST_BEFORE_TEXT = 250
_MOST_WORDS_BEFORE_TEXT = 10
_MOST_WORDS_OF_A_CHANGE = 8

_OPENING = "(?:[pbkyt][,.;]*|[nz][,.;]+){0,4}" + FIRST
_INTO = "(?:[xl=]o?)"
_EDIT_WITH_COLON = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?p?|co?{NAMES}{_INTO}|i{NAMES})")
_REDO_WITH_COLON = re.compile(_OPENING + f"ro?{NAMES}p?")
_EDIT_BY_NUMBER = re.compile(_OPENING + "eo?x{0,2}#")
_EDIT_OF_SORTS = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?|co?{NAMES}{_INTO}|i)[,.;]*")
_HEDGE = re.compile("[bptfxo@#,.;:]*[aAPsSyYnzNkdeciruq]")

_COLON = re.compile("[:\uff1a\ufe55](?!-?[)(dDpP3]{1,2}(?:\\s|$))")
"""But for a smiley."""
_COMMAND_AND_ID = re.compile(rf"(approve|skip|reject|edit|show)\s+({CANDIDATE_ID})", re.IGNORECASE)
_FIRST_DIGITS = re.compile(r"[0-9]+(?!\w)")


def read(message: str, language: Language = ENGLISH) -> Command | None:
    """Read a message; None if it begins with nothing that is known."""
    text = unwrapped(message)
    return (
        _sentence(text, language)
        or _with_colon(text, language)
        or _without_colon(text, language)
        or _by_id(text, language)
        or _hedge(text, language)
    )


def _sentence(text: str, language: Language) -> Command | None:
    return sentence(phrases(text, language)) if len(text) <= _LONGEST_COMMAND else None


def _with_colon(text: str, language: Language) -> Command | None:
    """Read `edit 4821: text`, `redo: note` or `skip 4821: note`."""
    colon = _COLON.search(text, 0, _LONGEST_BEFORE_TEXT)
    if colon is None:
        return None
    head, tail = text[: colon.start()], text[colon.end() :].strip()
    found = phrases(head, language)
    if _EDIT_WITH_COLON.fullmatch(found.signs):
        return _edited(tail, found.names, language)
    if _REDO_WITH_COLON.fullmatch(found.signs):
        return _noted(Decide(Verdict(Outcome.REJECTED), Kind.VERB, found.names), tail, language) if tail else None
    match sentence(found) or _by_id(head, language):
        case Decide(verdict=Verdict(outcome=Outcome.REJECTED)) as command:
            return _noted(command, tail, language)
        case EditHow(name=str(name)):
            return _edited(tail, (name,), language)
    return None


def _without_colon(text: str, language: Language) -> Command | None:
    """Read `edit 4821 text`; what else begins as an edit is unclear."""
    if not {"e", "c", "i"}.intersection(phrases(text[:_LONGEST_BEFORE_TEXT], language).signs):
        return None
    for head, tail in _splits(text):
        found = phrases(head, language)
        if not _EDIT_OF_SORTS.fullmatch(found.signs) or len(found.names) > 1:
            continue
        if _EDIT_BY_NUMBER.fullmatch(found.signs) and is_number(found.names[0]) and not _first_number(tail):
            is_change = _is_change(tail, language)
            return UnclearEdit(tail, found.only_name) if is_change else _edited(tail, found.names, language)
        if _is_instruction(tail, language):
            return Hedge(found.only_name)
        return UnclearEdit(tail, found.only_name)
    return None


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Split after each of the first words, the last of them first."""
    words = list(re.finditer(r"\S+", text[:_LONGEST_BEFORE_TEXT]))[:_MOST_WORDS_BEFORE_TEXT]
    for word in reversed(words):
        if tail := text[word.end() :].strip():
            yield text[: word.end()], tail


def _edited(text: str, names: tuple[str, ...], language: Language) -> Command | None:
    """Take a new text, unless it stands for one, is hardly a post, or begins with a number that may be a name."""
    if len(names) > 1:
        return None
    name = names[0] if names else None
    if not text.strip(".…_- ") or _is_placeholder(text, language):
        return EditHow(name)
    if _is_command(text, language) or _is_instruction(text, language) or (name is None and _first_number(text)):
        return UnclearEdit(text, name)
    return Decide(Verdict(Outcome.EDITED, text), Kind.VERB, names)


def _noted(command: Decide, note: str, language: Language) -> Command | None:
    """Add a note for core, unless it stands for one, is a verdict, or begins with a number that may be a name."""
    if _is_placeholder(note, language) or (not command.names and _first_number(note)):
        return None
    inner = _sentence(note, language)
    if isinstance(inner, Decide) and not inner.kind.needs_quotation:
        return None
    return replace(command, verdict=replace(command.verdict, note=note or None))


def _by_id(text: str, language: Language) -> Command | None:
    """Read a command with an id that could be a word, and is none of the table's."""
    match = _COMMAND_AND_ID.fullmatch(folded(text[: _LONGEST_BEFORE_TEXT + 1]).rstrip("!, "))
    if match is None or written(match[2].rstrip(".")) in table_of(language).signs:
        return None
    match match[1].lower():
        case "edit":
            return EditHow(match[2])
        case "show":
            return Show(match[2])
        case verb:
            outcome = Outcome.APPROVED if verb == "approve" else Outcome.REJECTED
            return Decide(Verdict(outcome), Kind.VERB, (match[2],))


def _hedge(text: str, language: Language) -> Hedge | None:
    """Find a known word that more follows than is known, or a number with anything."""
    found = phrases(text[:_LONGEST_BEFORE_TEXT], language)
    is_about_number = found.signs.startswith("#") and is_number(found.names[0])
    return Hedge(found.only_name) if is_about_number or _HEDGE.match(found.signs) else None


def _is_placeholder(text: str, language: Language) -> bool:
    if len(text) > _LONGEST_BEFORE_TEXT:
        return False
    return written(text) in map(written, (*language.placeholders, *ENGLISH.placeholders))


def _is_command(text: str, language: Language) -> bool:
    """Whether each word of a text is one that the gateway or a provider heeds: it is hardly a post."""
    if len(text) > _LONGEST_COMMAND:
        return False
    return UNKNOWN not in phrases(text, language).signs or bool(_by_id(text, language) or consent(text))


def _is_instruction(text: str, language: Language) -> bool:
    return _begins(text, (*language.instructions, *ENGLISH.instructions))


def _is_change(text: str, language: Language) -> bool:
    """Whether a short text begins as one that says what to change; after a colon it would be the new text."""
    is_short = len(text.split(maxsplit=_MOST_WORDS_OF_A_CHANGE)) <= _MOST_WORDS_OF_A_CHANGE
    return is_short and _begins(text, (*language.changes, *ENGLISH.changes))


def _begins(text: str, beginnings: Sequence[str]) -> bool:
    start = written(text[:_LONGEST_BEFORE_TEXT])
    return any(start.startswith(words) and not start[len(words) :][:1].isalnum() for words in map(written, beginnings))


def _first_number(text: str) -> bool:
    match = _FIRST_DIGITS.match(text)
    return match is not None and is_number(match[0])
