"""Fits a text to a channel: its app must not format it, and no message may be too long."""

from domain.candidate import Candidate
from domain.channels import Channel
from domain.writing.hidden import revealed
from domain.writing.marks import MARKERS, MARKS_ARE_TEXT, marked, needs_line
from domain.writing.packing import broken, packed
from domain.writing.wording import QUOTE, utf16_length

_LONGEST_BARE_DRAFT = 1500
"""UTF-16 units. A draft that comes back as an edit needs room for its command."""


def fitted(text: str, channel: Channel) -> str:
    """Returns a message as it goes out.

    If the app formats text, the message gets marks, and a line that explains them.
    """
    if not channel.traits.formats_text:
        return text
    return f"{marked(text)}\n{MARKS_ARE_TEXT}" if needs_line(text) else text


def fitted_messages(text: str, channel: Channel) -> list[str]:
    """Returns a text as one message, or as several if it is too long.

    Messages end between lines, or within a long line, whose rest has a bar in front. A first line
    that leaves half of its message free is never the only line there.
    """
    if fits_message(text, channel):
        return [fitted(text, channel)]
    first, *rest = text.split("\n")
    lines = [first, *_beside(first, rest, channel)]
    return [fitted(message, channel) for message in packed(lines, room(channel), longest_length)]


def _beside(first: str, rest: list[str], channel: Channel) -> list[str]:
    """Breaks only the second line, so that its beginning fits below the first line.

    Further breaks are left to the packing: two pieces of a line in one message would show a break.
    """
    left = room(channel) - longest_length(f"{first}\n")
    if not rest or left < room(channel) // 2:
        return rest
    second, *others = rest
    piece = broken(second, left, longest_length)[0]
    return [piece, *([QUOTE + second[len(piece) :]] if piece != second else []), *others]


def fits_message(text: str, channel: Channel) -> bool:
    return utf16_length(fitted(text, channel)) <= channel.traits.longest_message


def room(channel: Channel) -> int:
    """Returns how long the lines of one message can be, by `longest_length`."""
    line = utf16_length(f"\n{MARKS_ARE_TEXT}") if channel.traits.formats_text else 0
    return channel.traits.longest_message - line


def longest_length(text: str) -> int:
    """Counts UTF-16 units as if each marker got a mark.

    Whether a marker gets one depends on the whole message.
    """
    return utf16_length(text) + sum(text.count(marker) for marker in MARKERS)


def bare_draft(candidate: Candidate, channel: Channel) -> str | None:
    """Returns the draft without bars, to copy and change; None if the edit might come back cut.

    It is the only message in which a draft can look like a line of the gateway's.
    """
    draft = revealed(candidate.proposed_text).text
    shown = marked(draft) if channel.traits.formats_text else draft
    return shown if utf16_length(shown) <= _LONGEST_BARE_DRAFT else None
