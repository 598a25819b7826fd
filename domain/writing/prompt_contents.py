"""What fills the WhatsApp messages with buttons: a draft and all about it in one line each.

What one line cannot show as it is goes out as text, or, outside the 24 hours, cut and without a button that approves.
"""

import re
from collections.abc import Sequence

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.sending.content_kinds import LONGEST, LONGEST_FIXED, Content, ContentKind
from domain.writing.dressing import longest_length
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
"""What WhatsApp refuses or trims in a variable, or what would look like a line break of the draft."""
_BETWEEN = "\x1f"
"""No variable has it: hidden characters are written out."""


def session_content(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> Content | None:
    """Return the prompt as one message with buttons; None if it needs lines of its own, or more room."""
    draft = _in_one_line(candidate)
    if not draft or LINE_BREAK in draft:
        return None
    return _whole(ContentKind.SESSION, candidate, draft, repeated=repeated, is_late=is_late)


def template(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> Content:
    """Return the approved template for the prompt: the whole one where that can show all, else the cut one."""
    draft = _in_one_line(candidate)
    whole = draft and _whole(ContentKind.WHOLE, candidate, draft, repeated=repeated, is_late=is_late)
    return whole or _excerpt(candidate, repeated=repeated, is_late=is_late)


def buttons(candidate: Candidate) -> Content:
    """Return the buttons that follow a prompt of text; without the first words where they would need marks."""
    named = label(candidate)
    return Content(ContentKind.BUTTONS, (number_of(candidate.id) if needs_line(named) else named, candidate.id))


def _in_one_line(candidate: Candidate) -> str | None:
    """Write the draft in one line, its line breaks as ⏎; None if it would not be seen as it is."""
    lines = revealed(candidate.proposed_text).text.split("\n")
    if any(_BEYOND_ONE_LINE.search(line) for line in lines):
        return None
    return f" {LINE_BREAK} ".join(lines).strip()


def _whole(kind: ContentKind, candidate: Candidate, draft: str, *, repeated: bool, is_late: bool) -> Content | None:
    context = _context(candidate)
    fits = longest_length(draft) <= _room(kind, candidate, context)
    return _content(kind, candidate, draft, context, repeated=repeated, is_late=is_late) if fits else None


def _excerpt(candidate: Candidate, *, repeated: bool, is_late: bool) -> Content:
    """Show the beginning of a long draft, or the words of one that needs lines of its own, and say which it is."""
    context = _shortened(_context(candidate), _LONGEST_CONTEXT)
    draft = (
        f" {LINE_BREAK} ".join(map(one_line, revealed(candidate.proposed_text).text.split("\n"))).strip() or LINE_BREAK
    )
    room = _room(ContentKind.CUT, candidate, context)
    as_words = draft if _in_one_line(candidate) else f"{draft}{_NOT_AS_IT_IS}"
    shown = as_words if longest_length(as_words) <= room else _shortened(draft, room)
    return _content(ContentKind.CUT, candidate, shown, context, repeated=repeated, is_late=is_late)


def _content(  # noqa: PLR0913  # what it is made of, and how it goes out
    kind: ContentKind, candidate: Candidate, draft: str, context: str, *, repeated: bool, is_late: bool
) -> Content:
    asked = f"{title(candidate)} {REPETITION}" if repeated else title(candidate)
    asked, draft, context = _dressed([asked, draft, context])
    until = late_term(candidate) if repeated or is_late else term(candidate)
    return Content(kind, (asked, draft, candidate.id, until, context))


def _dressed(values: Sequence[str]) -> list[str]:
    """Mark the values as if they stood in one line, which some do; the last one says that marks are text."""
    line = _BETWEEN.join(values)
    told = f" · {MARKS_ARE_TEXT}" if needs_line(line) else ""
    return f"{marked(line)}{told}".split(_BETWEEN)


def _room(kind: ContentKind, candidate: Candidate, context: str) -> int:
    """Count what is left for the draft, also in a repetition."""
    others = [title(candidate), f" {REPETITION}", context, f" · {MARKS_ARE_TEXT}"]
    taken = sum(map(longest_length, others)) + utf16_length(candidate.id + term(candidate))
    return LONGEST - LONGEST_FIXED[kind] - taken


def _context(candidate: Candidate) -> str:
    """Say what the draft replaces and answers, with the risks before that; the link comes last and may be cut."""
    instead = instead_of(candidate.replaces).removesuffix(".") if candidate.replaces else ""
    parts = [instead, named_risks(candidate), hidden_characters(candidate), answered_post(candidate)]
    return " · ".join(part for part in [*parts, one_line(candidate.context_url)] if part)


def _shortened(text: str, room: int) -> str:
    """Cut a text to a room by `longest_length`, the words that say so included."""
    if longest_length(text) <= room:
        return text
    kept = text
    while (excess := longest_length(whole := kept.rstrip() + _cut(len(text) - len(kept))) - room) > 0:
        kept = kept[: len(kept) - max(1, excess // 2)]
    return whole


def _cut(count: int) -> str:
    return f"… (cut: {count} more character{'' if count == 1 else 's'})"
