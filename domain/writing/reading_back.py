"""Repeats what somebody wrote: a new text below the words, a note for core in one line."""

from domain.writing.hidden import hidden_line, revealed
from domain.writing.wording import one_line, quoted, quoted_lines


def with_text(words: str, text: str | None) -> str:
    """Adds a text below the words; shows and counts its hidden characters."""
    if text is None:
        return words
    hidden = hidden_line(revealed(text).count)
    return "\n".join([words, *quoted_lines(text), *([hidden] if hidden else [])])


def with_note(words: str, note: str | None) -> str:
    return words if note is None else f"{words}\nFor the agent: {quoted(one_line(note))}"
