"""The messages that a chat is owed besides its first prompt, and which of them replace which.

A requested prompt goes out in addition to other messages, once for everybody who wants it. A chat
is owed one answer or receipt at a time: only the last reply is answered, the decision makes an
answer obsolete, and an answer after the decision says what the receipt would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType, UnionType
from typing import ClassVar

from domain.decision import Verdict


@dataclass(frozen=True)
class PromptAgain:
    """The whole prompt, marked as repeated, for an operator; the decision cancels it."""


@dataclass(frozen=True)
class WholePrompt:
    """The whole prompt, unmarked and at once; the decision cancels it.

    Its reader wants it, or approved without it.
    """


@dataclass(frozen=True)
class NotUnderstood:
    """Answers a reply without a verdict."""

    tells_end: ClassVar[bool] = False


@dataclass(frozen=True)
class TooLong:
    """Answers a verdict whose text is over the limit."""

    verdict: Verdict
    tells_end: ClassVar[bool] = False


@dataclass(frozen=True)
class NotWhole:
    """Answers an approval in a chat that was not shown the whole draft, which then follows."""

    tells_end: ClassVar[bool] = False


@dataclass(frozen=True)
class TooLate:
    """Answers a reply that arrived after the deadline or the decision."""

    tells_end: ClassVar[bool] = True


@dataclass(frozen=True)
class Receipt:
    """Tells what became of the candidate.

    It is sent only where the prompt might have arrived, or if it `is_answer` to a reply.
    `unless_accepted_by` is when the edge received the decider's verdict and answered it: if the
    provider had accepted the part under way by then, the decider had read everything.
    """

    to_decider: bool = False
    is_answer: bool = False
    unless_accepted_by: datetime | None = None
    tells_end: ClassVar[bool] = True

    def is_needless(self, accepted_at: datetime | None) -> bool:
        """Returns whether the part under way was accepted so early that no receipt is needed."""
        return bool(self.unless_accepted_by and accepted_at and accepted_at <= self.unless_accepted_by)


Answer = NotUnderstood | TooLong | NotWhole | TooLate
Prompt = PromptAgain | WholePrompt
Owed = Prompt | Answer | Receipt

_REPLACED: Mapping[type[Owed], type | UnionType] = MappingProxyType(
    {
        PromptAgain: Prompt,
        WholePrompt: Prompt,
        NotUnderstood: Answer,
        TooLong: Answer,
        NotWhole: Answer,
        TooLate: Answer | Receipt,
        Receipt: Answer,
    }
)
"""The kinds of messages that a new message replaces, by its own kind."""


def with_message(owed: tuple[Owed, ...], message: Owed) -> tuple[Owed, ...]:
    """Adds a message, and removes those that it replaces."""
    return (*without(owed, _REPLACED[type(message)]), message)


def without(owed: tuple[Owed, ...], kind: type | UnionType) -> tuple[Owed, ...]:
    return tuple(message for message in owed if not isinstance(message, kind))
