"""A prompt that was copied whole into an edit, as a phone's "copy" does: the gateway's lines in it are no text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.editing.chat_exports import without_headers
from domain.writing.hidden import revealed
from domain.writing.marks import unmarked
from domain.writing.wording import QUOTE

_BAR = QUOTE.strip()
_ID = "Id: "
_NUMBERED = re.compile(r"(?P<title>.+ )?\(1/\d{1,2}\)")
_TERM = re.compile(r"(?P<term>Until .+?) \([^()]*\)(?P<rest>\. Without an answer it is not posted\.)")
"""Which a prompt that goes out late has without the time that is left."""
_FIXED = re.compile(
    r"^(?:A (?:long )?reply for .+ needs your approval[.:].*|Tap Approve to post it as it is[.,].*"
    r"|To read all of it and decide, tap Read all[.,].*|Until .+\. Without an answer it is not posted\."
    r"|Post \d{4}\b.* as it is\?|yes · no · edit \d{4}: …)\s*$",
    re.MULTILINE,
)
"""What the messages with buttons say around a draft, and the lines of a prompt that no post has."""
_CUT_NOTE = re.compile(r"\(cut: \d+ more characters?\)|…[^\S\n]*\(?\d+ more characters?\)?")


@dataclass(frozen=True)
class Frame:
    """What stands around a draft in the messages of its prompt."""

    lines: frozenset[str]
    """The gateway's own, but for the blank ones."""
    telling: frozenset[str]
    """Its title, also with a number, and the line with the id: an edit that has such a line is a copy."""
    number: re.Pattern[str]
    """How a message of several begins, with its number and their count."""
    count: int

    def removed_from(self, edit: str) -> str:
        """Return an edit without the prompt's lines if it is a copy; where a message of several began stays."""
        text = without_headers(edit)
        if not self._is_in(text):
            return edit
        kept: list[str] = []
        for line in text.split("\n"):
            if line.rstrip() not in self.lines:
                kept.append(line)
            elif kept and not kept[-1].strip():
                kept.pop()
        return "\n".join(kept)

    def _is_in(self, text: str) -> bool:
        return any(line.rstrip() in self.telling for line in text.split("\n"))


def frame_of(messages: Sequence[str], draft: str) -> Frame:
    """Find what stands around a draft in the messages of its prompt."""
    shown = revealed(draft).text
    parts = [[line.rstrip() for line in unmarked(message, draft).split("\n")] for message in messages]
    numbered = _NUMBERED.fullmatch(parts[0][0]) if len(parts) > 1 else None
    before_number = (numbered["title"] or "") if numbered else ""
    title = before_number.rstrip() or parts[0][1 if numbered else 0]
    heads = {part[0] for part in parts} if numbered else set()
    lines = {line for part in parts for line in part if line and not _is_of_draft(line, shown)}
    lines |= {found["term"] + found["rest"] for line in lines if (found := _TERM.fullmatch(line))}
    ids = {line for line in lines if line.startswith(_ID)}
    number = rf"(?:(?<!\n)\n+)?^{re.escape(before_number)}\((\d{{1,2}})/(\d{{1,2}})\)(?:[^\S\n]+|\n|\Z)"
    telling = {title, *ids, *(heads if before_number else ())}
    return Frame(frozenset(lines - heads), frozenset(telling), re.compile(number, re.MULTILINE), len(messages))


def _is_of_draft(line: str, shown: str) -> bool:
    """Whether a line of the prompt is one of the draft: what went over from a long link has a bar, too."""
    return line.startswith(_BAR) and line.removeprefix(_BAR).strip() in shown


def still_has_our_lines(text: str, draft: str, messages: Sequence[str]) -> bool:
    """Whether a cleaned edit says what the gateway wrote around the draft, and the draft does not."""
    telling = frame_of(messages, draft).telling
    has_fixed = _FIXED.search(text) is not None and _FIXED.search(draft) is None
    return has_fixed or any(line in text and line not in draft for line in telling)


def says_that_it_is_cut(text: str, draft: str) -> bool:
    """Whether a cleaned edit has the note that stands where a draft is shown cut, and the draft has not."""
    return _CUT_NOTE.search(text) is not None and _CUT_NOTE.search(draft) is None
