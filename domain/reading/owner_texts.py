"""Tells an owner's own text from a placeholder, an instruction or a number."""

import re
from collections.abc import Sequence

from domain.conversation.numbers import is_number
from domain.reading.phrases import written
from domain.reading.words import ENGLISH, Language

LONGEST_BEFORE_TEXT = 250
"""The command before a text ends within this many characters."""
_MOST_WORDS_OF_A_CHANGE = 8

_FIRST_DIGITS = re.compile(r"[0-9]+(?!\w)")


def after_placeholder(text: str, language: Language) -> str:
    """Removes the instructions' placeholder in front of a text: `your text: Hello`."""
    words = "|".join(map(re.escape, (*language.placeholders, *ENGLISH.placeholders)))
    quoted = rf"[\"'“‘<\[(](?:{words})[\"'”’>\])]\s*:?"  # noqa: RUF001  # quotation marks
    return re.sub(rf"^(?:{quoted}|(?:{words})\s*:)\s*(?=\S)", "", text, flags=re.IGNORECASE)


def is_placeholder(text: str, language: Language) -> bool:
    if len(text) > LONGEST_BEFORE_TEXT:
        return False
    return written(text) in map(written, (*language.placeholders, *ENGLISH.placeholders))


def is_instruction(text: str, language: Language) -> bool:
    return _begins(text, (*language.instructions, *ENGLISH.instructions))


def is_change(text: str, language: Language) -> bool:
    """Returns whether a short text begins like an instruction.

    After a colon it would be the new text.
    """
    is_short = len(text.split(maxsplit=_MOST_WORDS_OF_A_CHANGE)) <= _MOST_WORDS_OF_A_CHANGE
    return is_short and _begins(text, (*language.changes, *ENGLISH.changes))


def _begins(text: str, beginnings: Sequence[str]) -> bool:
    start = written(text[:LONGEST_BEFORE_TEXT])
    return any(start.startswith(words) and not start[len(words) :][:1].isalnum() for words in map(written, beginnings))


def begins_with_number(text: str) -> bool:
    match = _FIRST_DIGITS.match(text)
    return match is not None and is_number(match[0])
