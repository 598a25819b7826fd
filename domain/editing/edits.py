"""Removes from an owner's edit what the gateway had added to the draft that the owner copied.

A draft can itself contain what the gateway adds: bars, numbers, quotation marks. So an edit is read
in two ways, as a copy of the prompt and as a text of the owner's own. If either reading is the
draft as it was shown, nothing was changed. Otherwise the likelier reading counts, and is read back
to the owner.
"""

import re
from collections.abc import Sequence

from domain.editing.chat_exports import without_headers
from domain.editing.prompt_copies import Frame, frame_of
from domain.writing.earlier_template import LINE_BREAK
from domain.writing.hidden import Revealed, hidden_line, restored, revealed, with_plain_breaks
from domain.writing.marks import MARKS_ARE_TEXT, unmarked
from domain.writing.wording import QUOTE, REPETITION

_BAR = QUOTE.strip()
_BARS = re.compile(rf"^(?:{_BAR} ?)+", re.MULTILINE)
_ONE_BAR = re.compile(rf"^{_BAR} ?", re.MULTILINE)
_SIGN = LINE_BREAK.strip()
_SIGN_AND_SPACE = re.compile(rf"(?:(?<![^\S\n])[^\S\n]+)?{_SIGN}[^\S\n]*")

_LINE_MARKS = (">", "-", "•", "–")  # noqa: RUF001  # one of the dashes
"""Marks that an app puts before each line of a quotation or of what it treats as a list."""

_QUOTATIONS = ('""', "''", "“”", "‘’", "„“", "‚‘", "””", "’’", "«»", "»«", "‹›", "›‹", "「」", "『』")  # noqa: RUF001
_AROUND_A_PLACEHOLDER = " \t\n\"'“”„‘’‚«»‹›「」『』<>[](){}⟨⟩*_.…"  # noqa: RUF001  # quotation marks and brackets
_PLACEHOLDERS = {"", "text", "new text", "your text", "your text here", "your new text", "the new text"}

_ENOUGH_TO_TELL = (24, 6)
"""This many characters on both sides of a break show whether the draft has it; fewer if the owner
changed them."""


def cleaned(edit: str, draft: str, messages: Sequence[str]) -> str:
    """Returns an edit without what surrounded the draft; the draft itself if nothing else changed.

    `messages` are those of the prompt, whose lines are removed from a copy. If the draft was split
    into several messages, the edit is joined in the same way as the draft was before.
    """
    hidden = revealed(draft)
    shown = hidden.text
    written = _without_line_marks(unmarked(with_plain_breaks(edit), draft), shown)
    frame = frame_of(messages, draft)
    text = frame.removed_from(written)
    is_copy = _depth(without_headers(text)) > _depth(shown)
    likely, unlikely = (_read(text, hidden, frame, is_copy=is_copy) for is_copy in (is_copy, not is_copy))
    if any(_is_same(reading, shown) for reading in (_with_line_breaks(written, shown), likely, unlikely)):
        return draft
    return restored(likely, draft).strip()


def same_as_draft(edit: str, draft: str) -> bool:
    """Returns whether a cleaned edit is the draft.

    The kind of line breaks, and white space at line ends, make no difference.
    """
    return _is_same(with_plain_breaks(edit), with_plain_breaks(draft))


def is_placeholder(text: str) -> bool:
    """Returns whether an edit is still the help's placeholder for a text, or contains no text."""
    return " ".join(text.strip(_AROUND_A_PLACEHOLDER).casefold().split()) in _PLACEHOLDERS


def _read(text: str, draft: Revealed, frame: Frame, *, is_copy: bool) -> str:
    """Removes everything that the gateway adds.

    From a text that is not a copy, it removes only what the draft does not contain.
    """
    shown = draft.text
    own = {REPETITION, MARKS_ARE_TEXT, hidden_line(draft.count)}
    if not is_copy:
        own -= set(shown.split("\n"))
    if is_copy or without_headers(shown) == shown:
        text = without_headers(text)
    pieces = _pieces(text, frame) if is_copy or not frame.number.search(shown) else [text]
    pieces = ["\n".join(line for line in piece.split("\n") if line not in own) for piece in pieces]
    if is_copy:
        pieces = [_ONE_BAR.sub("", piece.strip("\n")) for piece in pieces]
    return _unquoted(_with_line_breaks(_joined(pieces, shown), shown), shown)


def _without_line_marks(text: str, shown: str) -> str:
    """Removes a mark that begins each line of a copy, and no line of the draft.

    A list with more or fewer lines than the draft is the owner's own; `>` counts in any number of
    lines, because posts hardly ever quote each line.
    """
    lines, lines_shown = ([line.strip() for line in whole.split("\n") if line.strip()] for whole in (text, shown))
    for mark in _LINE_MARKS:
        is_likely = mark == ">" or len(lines) == len(lines_shown)
        if is_likely and lines and all(line.startswith(f"{mark} ") or line == mark for line in lines):
            has_own = any(line.startswith(mark) for line in lines_shown)
            return text if has_own else re.sub(rf"^[^\S\n]*{mark}[^\S\n]?", "", text, flags=re.MULTILINE)
    return text


def _depth(text: str) -> int:
    """Returns the largest number of bars in front of a line."""
    return max((bars[0].count(_BAR) for bars in _BARS.finditer(text)), default=0)


def _pieces(text: str, frame: Frame) -> list[str]:
    """Splits a text where the prompt's messages began."""
    pieces, start = [], 0
    for number in frame.number.finditer(text):
        if frame.count > 1 and int(number[2]) == frame.count and 1 <= int(number[1]) <= frame.count:
            pieces.append(text[start : number.start()])
            start = number.end()
    return [piece for piece in [*pieces, text[start:]] if piece]


def _joined(pieces: Sequence[str], shown: str) -> str:
    """Joins the text of several messages, and a line that continued in the next message."""
    texts = [tidy for piece in pieces if (tidy := _tidy(piece))]
    if re.fullmatch(r"\s*".join(map(re.escape, texts)), _tidy(shown)):
        return shown
    text = ""
    for piece in pieces:
        text += (_joint(text, piece, shown) if text else "") + piece
    return text


def _joint(before: str, after: str, shown: str) -> str:
    """Returns what the draft has where a message ended.

    A phone might have dropped a space there.
    """
    for length in _ENOUGH_TO_TELL:
        for joint in ("\n", "", " "):
            if f"{before[-length:]}{joint}{after[:length]}" in shown:
                return joint
    return "\n"


def _with_line_breaks(text: str, shown: str) -> str:
    """Replaces the template's signs with the line breaks that they represent."""
    if _SIGN in shown or _SIGN not in text:
        return text
    text = _SIGN_AND_SPACE.sub("\n", text)
    lines, lines_shown = ([line.split() for line in whole.strip().split("\n")] for whole in (text, shown))
    return shown if lines == lines_shown else text


def _unquoted(text: str, shown: str) -> str:
    """Removes one pair of quotation marks around the text, unless it contains more of that kind."""
    if _quotation(shown):
        return text
    pair = _quotation(text)
    inner = text.strip()[1:-1]
    return text if not pair or any(mark in inner for mark in pair) else inner


def _quotation(text: str) -> str | None:
    text = text.strip()
    return next((pair for pair in _QUOTATIONS if len(text) > 1 and text[0] == pair[0] and text[-1] == pair[1]), None)


def _is_same(text: str, other: str) -> bool:
    return _tidy(text) == _tidy(other)


def _tidy(text: str) -> str:
    """Removes the white space that a phone might drop: at line ends, and around the text."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
