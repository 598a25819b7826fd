"""How lines are packed into messages, and a line is broken that is longer than one."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from domain.writing.wording import QUOTE


def packed(lines: Sequence[str], limit: int, length_of: Callable[[str], int]) -> list[str]:
    """Return messages of whole lines, none longer than the limit; a character's length is at most 2.

    What follows a break within a line carries a bar, so that it cannot be taken for a line of its own.
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
    """Break a line that alone exceeds a message, preferably at a space."""
    pieces = []
    while length_of(line) > limit:
        lengths = range(limit + 1)
        end = bisect_right(lengths, limit, limit // 2, key=lambda length: length_of(line[:length])) - 1
        end = line.rfind(" ", end // 2, end) + 1 or end
        pieces.append(line[:end])
        line = QUOTE + line[end:]
    return [*pieces, line]
