"""The prompt of runs with rules 0 and 1, which keep it because each message is an activity.

It drops hidden characters.
"""

import re
import unicodedata

from domain.candidate import Candidate
from domain.channels import Channel
from domain.writing.packing import packed
from domain.writing.wording import QUOTE, REPETITION, clock, utf16_length

_NUMBERING_RESERVE = len("(99/99)\n")
_REPETITION = f"{REPETITION}\n"
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"
"""Format characters that emoji and several scripts need."""


def earlier_prompt(candidate: Candidate, channel: Channel, *, repeated: bool = False) -> list[str]:
    """Returns the messages of a prompt, in order; numbers them if there are several."""
    limit = channel.traits.longest_message - _NUMBERING_RESERVE - len(_REPETITION)
    chunks = packed(_lines(candidate), limit, utf16_length)
    mark = _REPETITION if repeated else ""
    if len(chunks) == 1:
        return [mark + chunks[0]]
    return [f"({number}/{len(chunks)})\n{mark}{chunk}" for number, chunk in enumerate(chunks, start=1)]


def one_line(text: str) -> str:
    """Writes a foreign string so that it neither breaks a line nor hides anything."""
    return " ".join(_visible(re.sub(r"\s+", " ", text)).split())


def _lines(candidate: Candidate) -> list[str]:
    risks = ", ".join(one_line(flag) for flag in candidate.risk_flags)
    return [
        f"{candidate.brand_id} on {candidate.platform}: approve this reply?",
        f"Post: {candidate.context_url}",
        *([f"Risks: {risks}"] if risks else []),
        "",
        *(QUOTE + _visible(line) for line in candidate.proposed_text.splitlines() or [""]),
        "",
        f"Ends: {clock(candidate.deadline)}",
        f"Id: {candidate.id}",
        "",
        "Answer with one of",
        f"approve {candidate.id}",
        f"skip {candidate.id}",
        f"edit {candidate.id}: your text",
    ]


def _visible(text: str) -> str:
    """Drops control and format characters, so that nothing reorders or hides the text around it."""
    return "".join(c for c in text if c == "\t" or c in _JOINERS or unicodedata.category(c) not in _INVISIBLE)
