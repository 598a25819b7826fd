"""Recognizes texts that show nothing."""

import re
import unicodedata

_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_FILLER = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U00016fe4\U0001d159"
    "\U000e0100-\U000e01ef]"
)
"""Characters of other categories that no font draws: joiners, fillers, empty cells and notes,
variation selectors."""


def is_blank(text: str) -> bool:
    """Returns whether a text is empty, or shows only space."""
    return all(unicodedata.category(character) in _UNSEEN or _FILLER.match(character) for character in text)
