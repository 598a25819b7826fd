"""Writes out the characters of foreign text that a phone does not show: ⟨U+202E⟩.

Every kind of line break becomes a line feed. White space stays, even tabs and unusual spaces,
because it looks the same in a post. Bars in front of the lines show leading spaces, and blank lines
at both ends; only spaces at the end of a line are invisible. Characters that some phones draw and
others do not, such as private characters and blank letters, count as hidden.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_START = "⟨U+"
_WRITTEN_OUT = re.compile(rf"{re.escape(_START)}[0-9A-F]{{4,6}}⟩")

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Co", "Cs"}
_SHOWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
"""Signs around numbers and words that count as format characters, but are drawn."""

_ALSO_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\ufffc\ufffe\uffff\U000e0000-\U000e0fff]"
)
"""Joiners, fillers, selectors, placeholders and tags of other categories, including those that
Unicode might assign later."""

_JOINER, _NON_JOINER = "\u200d", "\u200c"
_SELECTORS = "\ufe0e\ufe0f"
_KEYCAP = re.compile("[*#0-9]\ufe0f\u20e3")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,7}\U000e007f")
"""The flag of a part of a country: the black flag, the part's code in tags, and the end."""
_OTHER_EMOJI = "\u203c\u2049\u2139\u3030\u303d"
"""Emoji that are not symbols by their category, such as ‼."""


@dataclass(frozen=True)
class Revealed:
    """A text without hidden characters, and how many it had."""

    text: str
    count: int


@lru_cache(maxsize=256)  # a prompt shows the same few texts many times, and so do replays
def revealed(text: str) -> Revealed:
    """Writes out hidden characters; only line feeds break the lines of the result.

    Joiners and selectors stay where emoji need them, and so do joiners between letters, and the
    tags of a complete flag.
    """
    text = with_plain_breaks(text)
    hidden = set(_hidden(text))
    shown = "".join(_written_out(character) if at in hidden else character for at, character in enumerate(text))
    return Revealed(shown, len(hidden))


def restored(edit: str, draft: str) -> str:
    """Returns an edit with the draft's hidden characters in place of what was written out for them.

    If the draft itself contains ⟨U+, nothing changes, because the owner might have read it as text.
    """
    if _START in draft:
        return edit
    text = with_plain_breaks(draft)
    characters = {_written_out(text[at]): text[at] for at in _hidden(text)}
    return _WRITTEN_OUT.sub(lambda written: characters.get(written[0], written[0]), edit)


def hidden_line(count: int) -> str | None:
    """Returns the line that counts the hidden characters in a message; None if there are none."""
    if not count:
        return None
    return f"{count} hidden character{' is' if count == 1 else 's are'} shown as {_START}…⟩."


def with_plain_breaks(text: str) -> str:
    """Returns a text with a line feed for everything that Unicode calls a line break."""
    return _LINE_BREAK.sub("\n", text)


def _written_out(character: str) -> str:
    return f"{_START}{ord(character):04X}⟩"


def _hidden(text: str) -> Iterator[int]:
    """Yields the positions of hidden characters in a text with plain line breaks."""
    needed = {at for pattern in (_KEYCAP, _FLAG) for found in pattern.finditer(text) for at in range(*found.span())}
    for at, character in enumerate(text):
        if at not in needed and _is_invisible(character) and not _is_at_work(text, at):
            yield at


def _is_invisible(character: str) -> bool:
    if character.isascii():
        return not (character.isprintable() or character in "\t\n")
    if _SHOWN.match(character):
        return False
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or _ALSO_HIDDEN.match(character) is not None


def _is_at_work(text: str, at: int) -> bool:
    """Returns whether a joiner or a selector affects the characters around it."""
    character, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if character in _SELECTORS:
        return _is_emoji(before)
    if character not in {_JOINER, _NON_JOINER}:
        return False
    if _is_letter(before) and _is_letter(after):
        return True
    emoji = text[at - 2 : at - 1] if before == _SELECTORS[1] else before
    return character == _JOINER and _is_emoji(emoji) and _is_emoji(after)


def _is_letter(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LM" and not _is_invisible(character)


def _is_emoji(character: str) -> bool:
    """Returns whether a character is an emoji or a symbol.

    The standard library does not know emoji, and has no names for new ones.
    """
    if not character or character.isascii():
        return False
    is_symbol = unicodedata.category(character) in {"So", "Sm"} and not _is_invisible(character)
    return is_symbol or "\U0001f000" <= character <= "\U0001faff" or character in _OTHER_EMOJI
