"""Words that nearly match one of the table's.

They decide nothing, and the owner is asked whether the table's word was meant.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from domain.reading.phrases import table_of, written
from domain.reading.words import ENGLISH, Language

_LONGEST_BEGINNING = 60
"""A command's word begins within this many characters."""
_WORD = re.compile(r"[^\W\d_]{3,20}")
_NEAR = 0.75


def corrections(text: str, language: Language) -> Iterator[tuple[str, str]]:
    """Yields a word of the table and the message with that word in place of an unknown one.

    Only words at the beginning of the message are corrected.
    """
    known = table_of(language).signs
    for word in _WORD.finditer(text[:_LONGEST_BEGINNING]):
        if written(word[0]) not in known and (meant := _nearest(written(word[0]), language)):
            yield meant, f"{text[: word.start()]}{meant}{text[word.end() :]}"


def _nearest(word: str, language: Language) -> str | None:
    near = [meant for meant in (*language.suggested, *ENGLISH.suggested) if _is_near(word, meant)]
    return max(near, key=lambda meant: _likeness(word, meant), default=None)


def _is_near(word: str, other: str) -> bool:
    """Returns whether two words differ by a letter or two: left out, added, changed or swapped."""
    if len(word) == len(other) and sum(a != b for a, b in zip(word, other, strict=True)) == 1:
        return True
    return sorted(word) == sorted(other) or _likeness(word, other) >= _NEAR


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word, other).ratio()
