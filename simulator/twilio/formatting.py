"""How WhatsApp formats a text: a model of its web client.

tests/data/whatsapp-formatting.json names the model.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from simulator.twilio.links import links


class Style(StrEnum):
    QUOTE = "quote"
    BULLET = "bullet"
    NUMBER = "number"
    CODE_BLOCK = "code block"
    CODE = "code"
    BOLD = "bold"
    ITALIC = "italic"
    STRIKETHROUGH = "strikethrough"


@dataclass(frozen=True)
class Span:
    """A run of text in the same styles, without the markers, which WhatsApp does not show."""

    text: str
    styles: tuple[Style, ...] = ()


@dataclass(frozen=True)
class _Pair:
    """The positions of a style's markers."""

    style: Style
    first: int
    last: int

    def crosses(self, area: range) -> bool:
        return self.first in area or self.last in area


_MARKERS = {"*": Style.BOLD, "_": Style.ITALIC, "~": Style.STRIKETHROUGH}
_CODE_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
_KEYCAP = re.compile("[*#0-9]\ufe0f?\u20e3")
_LINE_STARTS = {
    Style.QUOTE: (re.compile(r"^> (?=\S)", re.MULTILINE), ""),
    Style.BULLET: (re.compile(r"^[-*•] (?=\S)", re.MULTILINE), "• "),
    Style.NUMBER: (re.compile(r"^\d{1,2}\. (?=\S)", re.MULTILINE), None),
}


@lru_cache(maxsize=4096)
def formatted(text: str) -> tuple[Span, ...]:
    """Returns the text as the phone shows it."""
    canvas = _Canvas(text)
    canvas.block_code()
    canvas.inline(_pairs(text, "`", Style.CODE))
    pairs = [pair for marker, style in _MARKERS.items() for pair in _pairs(text, marker, style)]
    canvas.inline(sorted(pairs, key=lambda pair: pair.first))
    canvas.line_starts()
    return tuple(canvas.spans())


class _Canvas:
    """For each character of a text, what is shown of it and in which styles."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._shown = list(text)
        self._styles: list[set[Style]] = [set() for _ in text]
        self._links = links(text)
        self._code: list[range] = []
        self._closed = [range(link.start + 1, link.stop) for link in self._links]
        self._closed += [range(*keycap.span()) for keycap in _KEYCAP.finditer(text)]

    def block_code(self) -> None:
        for block in _CODE_BLOCK.finditer(self._text):
            self._style(range(*block.span(1)), Style.CODE_BLOCK)
            self._hide([*range(block.start(), block.start(1)), *range(block.end(1), block.end())])
            self._code.append(range(*block.span()))

    def inline(self, pairs: Iterable[_Pair]) -> None:
        """Applies styles whose markers are outside code and links and cross no earlier style."""
        closed = [*self._closed, *self._code]
        accepted: list[_Pair] = []
        for pair in pairs:
            if any(map(pair.crosses, closed)) or any(p.first < pair.first < p.last < pair.last for p in accepted):
                continue
            accepted.append(pair)
            markers = [at for at in (pair.first, pair.last) if not any(at in link for link in self._links)]
            self._style(range(pair.first, pair.last), pair.style)
            self._hide(markers)
            if pair.style is Style.CODE:
                self._code.append(range(pair.first, pair.last + 1))

    def line_starts(self) -> None:
        """Applies lists and quotes; a quote includes the end of its line."""
        for style, (pattern, shown) in _LINE_STARTS.items():
            for start in pattern.finditer(self._text):
                if any(start.start() in code for code in self._code):
                    continue
                end = self._text.find("\n", start.end())
                end = len(self._text) if end < 0 else end + (style is Style.QUOTE)
                self._style(range(start.start(), end), style)
                if shown is not None:
                    self._hide(range(*start.span()))
                    self._shown[start.start()] = shown

    def spans(self) -> Iterator[Span]:
        kept = [at for at, shown in enumerate(self._shown) if shown]
        for styles, run in groupby(kept, key=self._styles.__getitem__):
            yield Span("".join(self._shown[at] for at in run), tuple(style for style in Style if style in styles))

    def _style(self, area: range, style: Style) -> None:
        for at in area:
            self._styles[at].add(style)

    def _hide(self, places: Iterable[int]) -> None:
        for at in places:
            self._shown[at] = ""


def _pairs(text: str, marker: str, style: Style) -> Iterator[_Pair]:
    """Finds possible styles, each after the end of the last.

    A style that is not applied uses up its markers, too.
    """
    first = text.find(marker)
    while first >= 0:
        last = _closer(text, marker, first) if _opens(text, first) else None
        if last is not None:
            yield _Pair(style, first, last)
        first = text.find(marker, (first if last is None else last) + 1)


def _closer(text: str, marker: str, first: int) -> int | None:
    """Finds the marker that closes another; code contains no backtick."""
    end = text.find("\n", first)
    line = text[: None if end < 0 else end]
    last = line.find(marker, first + 1 if marker == "`" else first + 2)
    while last > 0 and marker != "`" and not _closes(text, last):
        last = line.find(marker, last + 1)
    return last if last > first + 1 and _closes(text, last) else None


def _opens(text: str, at: int) -> bool:
    return (at == 0 or _is_boundary(text[at - 1])) and not _is_space(text[at + 1 : at + 2])


def _closes(text: str, at: int) -> bool:
    return not _is_space(text[at - 1]) and (at + 1 == len(text) or _is_boundary(text[at + 1]))


def _is_boundary(character: str) -> bool:
    """Returns whether a style can begin after a character or end before it.

    It cannot at a letter, number or combining mark.
    """
    return unicodedata.category(character)[0] not in "LNM"


def _is_space(character: str) -> bool:
    return character.isspace() or character == "\ufeff"
