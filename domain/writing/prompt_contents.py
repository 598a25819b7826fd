"""The variables of WhatsApp messages with buttons: a draft and its context, each in one line.

A draft that one line cannot show as it is goes out as text. Outside the 24 hours, it goes out cut
and without a button that approves.
"""

import re
from collections.abc import Sequence

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.sending.content_kinds import LONGEST, LONGEST_FIXED, Content, ContentKind
from domain.writing.fitting import longest_length
from domain.writing.hidden import revealed
from domain.writing.marks import MARKS_ARE_TEXT, marked, needs_line
from domain.writing.naming import label, late_term, term, title
from domain.writing.prompt_lines import answered_post, hidden_characters, named_risks
from domain.writing.replacing import instead_of
from domain.writing.wording import REPETITION, one_line, utf16_length

LINE_BREAK = "⏎"

_LONGEST_CONTEXT = 300
_NOT_AS_IT_IS = " (tabs, spaces and line breaks are not shown as they are)"
_BEYOND_ONE_LINE = re.compile(r"^\s|\s$|[\t⏎]|\s{5}")
"""What WhatsApp rejects or trims in a variable, or what would look like a line break of the draft.
"""
_BETWEEN = "\x1f"
"""No variable contains it, because hidden characters are written out."""


def session_content(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> Content | None:
    """Returns the prompt as one message with buttons.

    Returns None if the prompt needs several lines, or more room.
    """
    draft = _in_one_line(candidate)
    if not draft or LINE_BREAK in draft:
        return None
    return _whole(ContentKind.SESSION, candidate, draft, repeated=repeated, is_late=is_late)


def template(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> Content:
    """Returns the approved template for the prompt: the whole one if all fits, or the cut one."""
    draft = _in_one_line(candidate)
    whole = draft and _whole(ContentKind.WHOLE, candidate, draft, repeated=repeated, is_late=is_late)
    return whole or _excerpt(candidate, repeated=repeated, is_late=is_late)


def buttons(candidate: Candidate) -> Content:
    """Returns the buttons that follow a prompt of text.

    First words that would need marks are left out.
    """
    named = label(candidate)
    return Content(ContentKind.BUTTONS, (number_of(candidate.id) if needs_line(named) else named, candidate.id))


def _in_one_line(candidate: Candidate) -> str | None:
    """Writes the draft in one line, with ⏎ for line breaks; None if that changes how it looks."""
    lines = revealed(candidate.proposed_text).text.split("\n")
    if any(_BEYOND_ONE_LINE.search(line) for line in lines):
        return None
    return f" {LINE_BREAK} ".join(lines).strip()


def _whole(kind: ContentKind, candidate: Candidate, draft: str, *, repeated: bool, is_late: bool) -> Content | None:
    context = _context(candidate)
    fits = longest_length(draft) <= _room(kind, candidate, context)
    return _content(kind, candidate, draft, context, repeated=repeated, is_late=is_late) if fits else None


def _excerpt(candidate: Candidate, *, repeated: bool, is_late: bool) -> Content:
    """Returns the cut template.

    It shows the beginning of a long draft, or the words of a draft that needs several lines, and
    says which of these it is.
    """
    context = _shortened(_context(candidate), _LONGEST_CONTEXT)
    draft = (
        f" {LINE_BREAK} ".join(map(one_line, revealed(candidate.proposed_text).text.split("\n"))).strip() or LINE_BREAK
    )
    room = _room(ContentKind.CUT, candidate, context)
    as_words = draft if _in_one_line(candidate) else f"{draft}{_NOT_AS_IT_IS}"
    shown = as_words if longest_length(as_words) <= room else _shortened(draft, room)
    return _content(ContentKind.CUT, candidate, shown, context, repeated=repeated, is_late=is_late)


def _content(  # noqa: PLR0913  # its contents, and how it goes out
    kind: ContentKind, candidate: Candidate, draft: str, context: str, *, repeated: bool, is_late: bool
) -> Content:
    asked = f"{title(candidate)} {REPETITION}" if repeated else title(candidate)
    asked, draft, context = _dressed([asked, draft, context])
    until = late_term(candidate) if repeated or is_late else term(candidate)
    return Content(kind, (asked, draft, candidate.id, until, context))


def _dressed(values: Sequence[str]) -> list[str]:
    """Marks the values as if they were in one line, as some are; the last explains the marks."""
    line = _BETWEEN.join(values)
    told = f" · {MARKS_ARE_TEXT}" if needs_line(line) else ""
    return f"{marked(line)}{told}".split(_BETWEEN)


def _room(kind: ContentKind, candidate: Candidate, context: str) -> int:
    """Returns how much room is left for the draft, even in a repetition."""
    others = [title(candidate), f" {REPETITION}", context, f" · {MARKS_ARE_TEXT}"]
    taken = sum(map(longest_length, others)) + utf16_length(candidate.id + term(candidate))
    return LONGEST - LONGEST_FIXED[kind] - taken


def _context(candidate: Candidate) -> str:
    """Says what the draft replaces, its risks and what it answers.

    The link is last, because the end is cut first.
    """
    instead = instead_of(candidate.replaces).removesuffix(".") if candidate.replaces else ""
    parts = [instead, named_risks(candidate), hidden_characters(candidate), answered_post(candidate)]
    return " · ".join(part for part in [*parts, one_line(candidate.context_url)] if part)


def _shortened(text: str, room: int) -> str:
    """Cuts a text to a `longest_length`, which includes the note about the cut."""
    if longest_length(text) <= room:
        return text
    kept = text
    while (excess := longest_length(whole := kept.rstrip() + _cut(len(text) - len(kept))) - room) > 0:
        kept = kept[: len(kept) - max(1, excess // 2)]
    return whole


def _cut(count: int) -> str:
    return f"… (cut: {count} more character{'' if count == 1 else 's'})"
