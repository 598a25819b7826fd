"""What an owner wrote, read as a command: only the whole message counts, and what is not known decides nothing.

The command's own part is folded; a new text, and a note for core, stay as they were written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.blank_text import is_blank
from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.identifiers import CANDIDATE_ID
from domain.reading.consent import consent
from domain.reading.folding import folded, unwrapped
from domain.reading.misspellings import corrections
from domain.reading.notes import says_what, says_why, takes_note
from domain.reading.phrases import UNKNOWN, phrases, table_of, written
from domain.reading.requests import (
    Command,
    Decide,
    DecideEach,
    EditHow,
    Hedge,
    Kind,
    Misspelt,
    Show,
    Thanks,
    UnclearEdit,
    Unsure,
)
from domain.reading.sentences import FIRST, NAMES, corrects, parts, sentence, unsure
from domain.reading.words import ENGLISH, Language

_PADDING = dict.fromkeys(map(ord, ".…_-"))
_MOST_LINES = 15
_LONGEST_COMMAND = 2000
"""Characters of a message that has no text of the owner's own: the longest ids of fifteen candidates."""
_LONGEST_BEFORE_TEXT = 250
_MOST_WORDS_BEFORE_TEXT = 10
_MOST_WORDS_OF_A_CHANGE = 8

_OPENING = "(?:(?:[pbkyt][,.;]*|[nz][,.;]+){0,4}|(?:[pbt][,.;]*){0,4}" + FIRST + ")"
"""No verdict before a name: in `yes 4821, redo: shorter` the name is the verdict's."""
_INTO = "(?:[xl=]o?)"
_EDIT_WITH_COLON = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?p?|co?{NAMES}{_INTO}|i{NAMES})")
_REDO_WITH_COLON = re.compile(_OPENING + f"ro?{NAMES}p?")
_EDIT_BY_NUMBER = re.compile(_OPENING + "eo?x{0,2}#")
_EDIT_OF_SORTS = re.compile(_OPENING + f"(?:eo?{NAMES}{_INTO}?|co?{NAMES}{_INTO}|i)[,.;]*")
_EDIT_BEFORE_TEXT = re.compile("[bp,]*(?:[ei]|c[ol])")
_SKIP_BY_NAME = re.compile(_OPENING + "(?:s|N{1,3})x{0,2}#[,.;]*")
_REDO_BY_NAME = re.compile(_OPENING + "ro?x{0,2}#[,.;]*")
_HEDGE = re.compile("[bptfxo@#,.;:]*[aAPsSyYnzNkdeciruqQ]")

_COLON = re.compile("[:\uff1a\ufe55](?!-?[)(dDpP3]{1,2}(?:\\s|$))")
"""But for a smiley."""
_COMMAND_AND_ID = re.compile(rf"(approve|skip|reject|edit|show)\s+({CANDIDATE_ID})", re.IGNORECASE)
_FIRST_DIGITS = re.compile(r"[0-9]+(?!\w)")


def read(message: str, language: Language = ENGLISH) -> Command | None:
    """Read a message; None if it begins with nothing that is known."""
    text = unwrapped(message)
    return _whole(text, language) or _misspelt(text, language) or _hedge(text, language)


def may_be_text(message: str, language: Language = ENGLISH) -> bool:
    """Whether a message that begins as a command, and is none, may be a text to post: "Great point! We look…"."""
    found = phrases(message[:_LONGEST_BEFORE_TEXT], language)
    is_edit = _EDIT_BEFORE_TEXT.match(found.signs) or any(map(is_number, found.names))
    return UNKNOWN in found.signs and not is_edit and not _is_instruction(message, language)


def _whole(text: str, language: Language) -> Command | None:
    """Read a command, or several, with no word too many."""
    return (
        _sentence(text, language)
        or _each(text, language)
        or _with_colon(text, language)
        or _without_colon(text, language)
        or _with_note(text, language)
        or _by_id(text, language)
    )


def _each(text: str, language: Language) -> DecideEach | None:
    """Read several commands, in one line or one in each; the last of them may be an edit, whose text goes to the end.

    A text that begins in the first line is one edit.
    """
    if len(text) <= _LONGEST_COMMAND and (found := parts(phrases(text, language))):
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
        _sentence(text, language)
        or (DecideEach(found) if "\n" not in text and (found := parts(phrases(text, language))) else None)
        or _with_colon(text, language)
        or _without_colon(text, language)
        or _with_note(text, language)
    )


def _sentence(text: str, language: Language) -> Command | None:
    return sentence(phrases(text, language)) if len(text) <= _LONGEST_COMMAND else None


def _with_colon(text: str, language: Language) -> Command | None:
    """Read `edit 4821: text`, `redo: note` or `skip 4821: note`."""
    colon = _COLON.search(text, 0, _LONGEST_BEFORE_TEXT)
    if colon is None or _has_verdict_above(text[: colon.start()], language):
        return None
    head, tail = text[: colon.start()], text[colon.end() :].strip()
    found = phrases(head, language)
    if _EDIT_WITH_COLON.fullmatch(found.signs):
        return _edited(tail, found.names, language)
    if _REDO_WITH_COLON.fullmatch(found.signs) and len(found.groups) <= 1:
        return _noted(Decide(Verdict(Outcome.REJECTED), Kind.VERB, found.names), tail, language) if tail else None
    match sentence(found) or _by_id(head, language):
        case Decide(verdict=Verdict(outcome=Outcome.REJECTED)) as command:
            return _noted(command, tail, language)
        case EditHow(name=str(name)):
            return _edited(tail, (name,), language)
    return None


def _has_verdict_above(head: str, language: Language) -> bool:
    """Whether a verdict by name stands in a line before a colon: what follows may be about another draft."""
    first, *more = head.strip().split("\n")
    command = _sentence(first, language) if more else None
    return isinstance(command, Decide) and bool(command.names)


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


def _with_note(text: str, language: Language) -> Command | None:
    """Read `skip 4821 too salesy` or `redo 4821 shorter`: what follows the number is the note.

    After several it needs a colon: `skip 4821, 7390 is fine` is no note on both.
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
    text = _after_placeholder(text, language)
    if is_blank(text.translate(_PADDING)) or _is_placeholder(text, language):
        return EditHow(name)
    if _is_command(text, language) or _is_instruction(text, language) or (name is None and _first_number(text)):
        return UnclearEdit(text, name)
    return Decide(Verdict(Outcome.EDITED, text), Kind.VERB, names)


def _noted(command: Decide, note: str, language: Language) -> Command | None:
    """Add a note for core, unless it stands for one, is a verdict, or begins with a number that may be a name."""
    if _is_placeholder(note, language) or (not command.names and _first_number(note)):
        return None
    inner = _sentence(note, language)
    if isinstance(inner, Decide) and (len(command.names) > 1 or not inner.kind.needs_quotation):
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


def _misspelt(text: str, language: Language) -> Misspelt | None:
    for word, corrected in corrections(text, language):
        command = _whole(corrected, language)
        if isinstance(command, Decide | EditHow | UnclearEdit):
            return Misspelt(word, command)
    return None


def _hedge(text: str, language: Language) -> Hedge | Unsure | None:
    """Find a known word that more follows than is known, or a number with anything."""
    found = phrases(text[:_LONGEST_BEFORE_TEXT], language)
    is_about_number = found.signs.startswith("#") and is_number(found.names[0])
    if not is_about_number and not _HEDGE.match(found.signs):
        return None
    doubt = unsure(found) if len(text) <= _LONGEST_BEFORE_TEXT else None
    return doubt or Hedge(found.only_name, is_later="Q" in found.signs)


def _after_placeholder(text: str, language: Language) -> str:
    """Remove what stands for the new text in the instructions, where the text follows it: `your text: Hello`."""
    words = "|".join(map(re.escape, (*language.placeholders, *ENGLISH.placeholders)))
    quoted = rf"[\"'“‘<\[(](?:{words})[\"'”’>\])]\s*:?"  # noqa: RUF001  # quotation marks
    return re.sub(rf"^(?:{quoted}|(?:{words})\s*:)\s*(?=\S)", "", text, flags=re.IGNORECASE)


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
