"""What a chat was last told, which decides what a bare word in it is about."""

from dataclasses import dataclass
from enum import StrEnum


class Telling(StrEnum):
    """What a message of ours does for a candidate in its chat."""

    PART = "part"
    """Shows a part of it; more parts follow, or the rest is cut."""
    WHOLE = "whole"
    """Shows all of it, together with the parts before."""
    ANSWER = "answer"
    """Names only this one as open, so that a bare word can answer this message."""
    PROPOSAL = "proposal"
    """Asks whether to post a text in place of its draft, so that a bare yes or no means that text.
    """
    END = "end"
    """Tells what became of it."""


@dataclass(frozen=True)
class Subject:
    """The one candidate that a message of ours is about, and what it does for it.

    `ended` are other candidates whose end the message tells: it tells several, or it is a prompt in
    their place. `proposed_by` is the key of the owner's message whose text is proposed. With
    `wants_text`, the message says how to replace the draft, so that free words after it might be
    the new text. With `answers_prompt`, the owner's message quoted the candidate's prompt; the
    prompt has therefore arrived, even if no provider has reported it.
    """

    candidate_id: str
    telling: Telling
    ended: tuple[str, ...] = ()
    proposed_by: str | None = None
    wants_text: bool = False
    answers_prompt: bool = False
