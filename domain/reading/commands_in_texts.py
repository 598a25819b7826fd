"""Finds commands inside a text to post.

If a message has two commands, the second would otherwise be posted with the first.
"""

import re

from domain.conversation.numbers import is_number
from domain.reading.grammar import read
from domain.reading.phrases import phrases
from domain.reading.requests import Decide, DecideEach
from domain.reading.words import ENGLISH, Language

_LONGEST_COMMAND = 250
_MOST_LINES = 100
_EDIT = re.compile(r"\S{1,20}\s{0,5}#?\d{4,12}\s{0,5}[:\uff1a]")


def holds_command(text: str, language: Language = ENGLISH) -> bool:
    """Returns whether a text contains a command with a number.

    That is a whole line, or an edit that begins anywhere.
    """
    lines = [line.strip() for line in text.split("\n")][:_MOST_LINES]
    return any(_is_edit(edit[0], language) for edit in _EDIT.finditer(text)) or any(
        _is_command(line, language) for line in lines if any(map(str.isdecimal, line))
    )


def _is_edit(text: str, language: Language) -> bool:
    found = phrases(text, language)
    return found.signs.startswith("e#") and is_number(found.names[0])


def _is_command(line: str, language: Language) -> bool:
    match read(line[:_LONGEST_COMMAND], language):
        case Decide(names=names):
            return any(map(is_number, names))
        case DecideEach():
            return True
    return False
