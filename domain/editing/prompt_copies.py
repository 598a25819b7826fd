"""Removes the gateway's lines from a prompt that a phone's "copy" put whole into an edit."""

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
"""A prompt that goes out late has this line without the time left."""
_FIXED = re.compile(
    r"^(?:A (?:long )?reply for .+ needs your approval[.:].*|Tap Approve to post it as it is[.,].*"
    r"|To read all of it and decide, tap Read all[.,].*|Until .+\. Without an answer it is not posted\."
    r"|Post \d{4}\b.* as it is\?|yes · no · edit \d{4}: …)\s*$",
    re.MULTILINE,
)
"""The words of the messages with buttons around a draft, and the prompt's lines that no post
contains."""
_CUT_NOTE = re.compile(r"\(cut: \d+ more characters?\)|…[^\S\n]*\(?\d+ more characters?\)?")


@dataclass(frozen=True)
class Frame:
    """The gateway's text around a draft in the messages of its prompt."""

    lines: frozenset[str]
    """The gateway's own lines, except the blank ones."""
    telling: frozenset[str]
    """The title, also with a number, and the line with the id: an edit with such a line is a copy.
    """
    number: re.Pattern[str]
    """The beginning of one of several messages, with its number and their count."""
    count: int

    def removed_from(self, edit: str) -> str:
        """Returns an edit without the prompt's lines if it is a copy.

        The beginnings of numbered messages stay.
        """
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
    """Returns what surrounds a draft in the messages of its prompt."""
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
    """Returns whether a line of the prompt is one of the draft.

    The continuation of a long link has a bar too.
    """
    return line.startswith(_BAR) and line.removeprefix(_BAR).strip() in shown


def still_has_our_lines(text: str, draft: str, messages: Sequence[str]) -> bool:
    """Returns whether a cleaned edit has words of the gateway's that the draft does not have."""
    telling = frame_of(messages, draft).telling
    has_fixed = _FIXED.search(text) is not None and _FIXED.search(draft) is None
    return has_fixed or any(line in text and line not in draft for line in telling)


def says_that_it_is_cut(text: str, draft: str) -> bool:
    """Returns whether a cleaned edit has the note of a cut draft that the draft does not have."""
    return _CUT_NOTE.search(text) is not None and _CUT_NOTE.search(draft) is None
