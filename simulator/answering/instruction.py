"""What the simulated owner can be told to do by itself: `approve after 2s`, or in a draft `[simulate: approve]`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

POSSIBLE = (
    "approve; skip or reject, with a note after a colon or without; redo: what to change; edit: the new text; late; "
    "ignore; undeliverable. Each but the last two takes a time, as in: edit after 2s: A better text"
)

ToldBy = Literal["draft", "control"]


class Act(StrEnum):
    APPROVE = "approve"
    SKIP = "skip"
    REJECT = "reject"
    REDO = "redo"
    EDIT = "edit"
    LATE = "late"  # approves once the deadline is over
    IGNORE = "ignore"
    UNDELIVERABLE = "undeliverable"


_NEED_TEXT = {Act.EDIT, Act.REDO}
_TAKE_TEXT = {*_NEED_TEXT, Act.SKIP, Act.REJECT}
_NEVER_ANSWER = {Act.IGNORE, Act.UNDELIVERABLE}

_USUAL_DELAY = timedelta(seconds=1)
_LONGEST_DELAY = timedelta(days=7)
_FORM = re.compile(
    r"(?P<act>[a-z]+)"
    r"(?:\s+after\s+(?P<number>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>s|sec|seconds?|m|min|minutes?))?"
    r"(?:\s*:(?P<text>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_ATTEMPT = re.compile(r"\[\s*simulated?\b", re.IGNORECASE)
_OPENING = re.compile(r"^\[\s*simulate\s*:", re.IGNORECASE)


class NotUnderstoodError(ValueError):
    """Says what is wrong with an instruction, and what is possible."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}. Possible: {POSSIBLE}")


@dataclass(frozen=True)
class Instruction:
    """What to do, so long after the prompt; `text` is an edit's or a note."""

    act: Act
    text: str = ""
    delay: timedelta = _USUAL_DELAY


@dataclass(frozen=True)
class Order:
    """An instruction as it was written, and what it comes to: None, with the problem, if it is not understood."""

    written: str
    told_by: ToldBy
    instruction: Instruction | None = None
    problem: str | None = None
    is_closed: bool = True
    """Whether its end is there; a cut draft may show the beginning alone."""


def parsed(written: str) -> Instruction:
    """Read an instruction; raises NotUnderstoodError."""
    match = _FORM.fullmatch(written.strip())
    if match is None or match["act"].lower() not in list(Act):
        raise NotUnderstoodError(f"The simulated owner does not know {written.strip()!r}")
    act, text = Act(match["act"].lower()), (match["text"] or "").strip()
    if act in _NEED_TEXT and not text:
        raise NotUnderstoodError(f"{act} needs a text after a colon")
    if text and act not in _TAKE_TEXT:
        raise NotUnderstoodError(f"{act} takes no text")
    if match["number"] is None:
        return Instruction(act, text)
    if act in _NEVER_ANSWER:
        raise NotUnderstoodError(f"{act} takes no time")
    delay = timedelta(**{"minutes" if match["unit"].lower().startswith("m") else "seconds": float(match["number"])})
    if delay > _LONGEST_DELAY:
        raise NotUnderstoodError("Seven days is the longest time")
    return Instruction(act, text, delay)


def order_in(draft: str) -> Order | None:
    """Find what a draft tells the owner; None if it tells nothing."""
    attempts = list(_ATTEMPT.finditer(draft))
    if not attempts:
        return None
    start = attempts[0].start()
    end = _end(draft, start)
    whole = draft[start : end or len(draft)]
    inner = _OPENING.sub("", whole)[:-1].strip()
    try:
        _check_form(whole, len(attempts), is_closed=end is not None)
        return Order(inner, "draft", parsed(inner))
    except NotUnderstoodError as error:
        return Order(whole, "draft", problem=str(error), is_closed=end is not None)


def _check_form(whole: str, count: int, *, is_closed: bool) -> None:
    if not is_closed:
        raise NotUnderstoodError("The instruction has no ] at its end")
    if not _OPENING.match(whole):
        raise NotUnderstoodError("An instruction begins with [simulate:")
    if count > 1:
        raise NotUnderstoodError("A draft has one instruction")


def _end(draft: str, start: int) -> int | None:
    """Find where the bracket that opens at the start is closed; a text may have brackets of its own."""
    depth = 0
    for at in range(start, len(draft)):
        depth += (draft[at] == "[") - (draft[at] == "]")
        if depth == 0:
            return at + 1
    return None
