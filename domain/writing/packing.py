"""Packs lines into messages, and breaks lines that are longer than a message."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from domain.writing.wording import QUOTE


def packed(lines: Sequence[str], limit: int, length_of: Callable[[str], int]) -> list[str]:
    """Returns messages of whole lines, none longer than the limit.

    `length_of` counts at most 2 for a character. What follows a break within a line has a bar in
    front, so that nobody takes it for a separate line.
    """
    messages: list[list[str]] = []
    length = 0
    for line in lines:
        for piece in broken(line, limit, length_of):
            added = length_of(piece) + 1
            if messages and length + added <= limit:
                messages[-1].append(piece)
                length += added
            else:
                messages.append([piece])
                length = added - 1
    texts = ("\n".join(message).strip("\n") for message in messages)
    return [text for text in texts if text]


def broken(line: str, limit: int, length_of: Callable[[str], int]) -> list[str]:
    """Breaks a line that is longer than a message, preferably at a space."""
    pieces = []
    while length_of(line) > limit:
        lengths = range(limit + 1)
        end = bisect_right(lengths, limit, limit // 2, key=lambda length: length_of(line[:length])) - 1
        end = line.rfind(" ", end // 2, end) + 1 or end
        pieces.append(line[:end])
        line = QUOTE + line[end:]
    return [*pieces, line]
