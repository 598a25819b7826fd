"""Instructions for the simulated owner: `approve after 2s`, in a draft `[simulate: approve]`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

POSSIBLE = (
    "approve; skip or reject, with a note after a colon or without; redo: what to change; edit: the new text; late; "
    "ignore; undeliverable. All but the last two take a time, as in: edit after 2s: A better text"
)

ToldBy = Literal["draft", "control"]


class Act(StrEnum):
    APPROVE = "approve"
    SKIP = "skip"
    REJECT = "reject"
    REDO = "redo"
    EDIT = "edit"
    LATE = "late"  # approves after the deadline
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
    """What is wrong with an instruction, and the instructions that are possible."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}. Possible: {POSSIBLE}")


@dataclass(frozen=True)
class Instruction:
    """What to do, and how long after the prompt; `text` is the new text or the note."""

    act: Act
    text: str = ""
    delay: timedelta = _USUAL_DELAY


@dataclass(frozen=True)
class Order:
    """An instruction as written, and its meaning; if it has none, `problem` says why."""

    written: str
    told_by: ToldBy
    instruction: Instruction | None = None
    problem: str | None = None
    is_closed: bool = True
    """Whether the text shows its end; a cut draft can show only the beginning."""


def parsed(written: str) -> Instruction:
    """Parses an instruction; raises NotUnderstoodError."""
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
        raise NotUnderstoodError("The longest time is seven days")
    return Instruction(act, text, delay)


def order_in(draft: str) -> Order | None:
    """Finds the instruction in a draft; None if there is none."""
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
        raise NotUnderstoodError("The instruction has no closing ]")
    if not _OPENING.match(whole):
        raise NotUnderstoodError("An instruction begins with [simulate:")
    if count > 1:
        raise NotUnderstoodError("A draft can have only one instruction")


def _end(draft: str, start: int) -> int | None:
    """Finds the end of the bracket that opens at `start`; a text can contain other brackets."""
    depth = 0
    for at in range(start, len(draft)):
        depth += (draft[at] == "[") - (draft[at] == "]")
        if depth == 0:
            return at + 1
    return None
