"""What a chat was last told: that decides what a bare word in it is about."""

from dataclasses import dataclass
from enum import StrEnum


class Telling(StrEnum):
    """What a message of ours does for a candidate in its chat."""

    PART = "part"
    """Shows a part of it; more follow, or the rest is cut."""
    WHOLE = "whole"
    """Shows it whole, together with the parts before."""
    ANSWER = "answer"
    """Names it alone as open, so that a bare word may answer this message."""
    PROPOSAL = "proposal"
    """Asks whether a text is to be posted in place of its draft, so that a bare yes or no means that text."""
    END = "end"
    """Tells what became of it."""


@dataclass(frozen=True)
class Subject:
    """The one candidate that a message of ours is about, and what it does for it.

    `ended` names others of which the message tells the end besides: it tells several, or is a prompt in their place.
    `proposed_by` is the key of the owner's message whose text is proposed. With `wants_text` it says how to send a text
    in place of the draft, so that free words which follow may be that text. With `answers_prompt` the owner's message
    quoted the candidate's prompt, which has arrived then, whether or not a provider has said so.
    """

    candidate_id: str
    telling: Telling
    ended: tuple[str, ...] = ()
    proposed_by: str | None = None
    wants_text: bool = False
    answers_prompt: bool = False
