"""Keeps WhatsApp from formatting foreign text.

An owner sees every `*`, `_`, `~` and backtick that core gets. U+034F (combining grapheme joiner) is
invisible and belongs to the character before it. WhatsApp's parsers do not treat it as a boundary,
so no style begins after it (docs/decisions/0029-what-is-seen-is-what-is-posted.md).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

MARK = "\u034f"
MARKS_ARE_TEXT = "The marks * and _ are part of the text."
"""Begins with a word: beginning with `*`, it would itself become a bullet."""

MARKERS = "*_~`"
_BACKTICK = "`"
_LINK = re.compile(r"https?://[^\s`*\"<>]*", re.IGNORECASE)
_NOT_AT_THE_END_OF_A_LINK = "_~.,:;!?)'’”]"  # noqa: RUF001  # typographic quotation marks
_MARK_OF_OURS = re.compile(f"{MARK}(?=[{re.escape(MARKERS)}])")


def marked(text: str) -> str:
    """Returns a text with the marks that keep WhatsApp from formatting it.

    The text is a message, or whole lines of one, with the gateway's own words in them: a marker
    counts anywhere in its line, a backtick anywhere in the text. Nothing changes inside a link.
    Lists and quotes need the bar in front of their lines, because marks do not stop them.
    """
    links = [range(*_span(link)) for link in _LINK.finditer(text)]
    return _with_marks(text, [at for at in _openers(text) if not any(at in link for link in links)])


def needs_line(text: str) -> bool:
    """Returns whether the message of this text needs the line MARKS_ARE_TEXT.

    It does if `marked` changes the text, because no phone has tried the marks. It also does if only
    a link has such markers: in a chat that WhatsApp does not trust yet, it formats links too.
    """
    return any(True for _ in _openers(text))


def unmarked(edit: str, draft: str) -> str:
    """Returns an edit without marks; keeps those that cannot be ours if the draft has any."""
    return _MARK_OF_OURS.sub("", edit) if MARK in draft else edit.replace(MARK, "")


def _openers(text: str) -> Iterator[int]:
    """Yields the markers at which a style might begin, or end if it began in an unknown way."""
    backticks = text.count(_BACKTICK)
    start = 0
    for line in text.split("\n"):
        others = Counter(line)
        others[_BACKTICK] = backticks
        for at, character in enumerate(line):
            if character in MARKERS and others[character] > 1 and not (at and _holds(line[at - 1])):
                yield start + at
        start += len(line) + 1


def _holds(before: str) -> bool:
    """Returns whether no style begins after a character: a letter or a decimal digit.

    `isalnum` would also accept ² and ½.
    """
    category = unicodedata.category(before)
    return category.startswith("L") or category == "Nd"


def _span(link: re.Match[str]) -> tuple[int, int]:
    return link.start(), link.start() + len(link[0].rstrip(_NOT_AT_THE_END_OF_A_LINK))


def _with_marks(text: str, places: list[int]) -> str:
    starts = [0, *places]
    return MARK.join(text[start:end] for start, end in zip(starts, [*places, len(text)], strict=True))
