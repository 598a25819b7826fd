"""The messages that a chat is owed besides its first prompt: what each says, and what it replaces.

A prompt that somebody wants goes out beside the others, once for everybody who wants it. Of answers and receipts a chat
is owed one at a time: the last reply is answered, the decision makes an answer out of date, and an answer after the
decision says what the receipt would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType, UnionType
from typing import ClassVar

from domain.decision import Verdict


@dataclass(frozen=True)
class PromptAgain:
    """The whole prompt, marked as repeated: an operator wants it. The decision ends that."""


@dataclass(frozen=True)
class WholePrompt:
    """The whole prompt, unmarked and at once: its reader wants it, or approved without it. The decision ends that."""


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
    """Answers an approval of what its chat was not shown whole; the whole prompt follows."""

    tells_end: ClassVar[bool] = False


@dataclass(frozen=True)
class TooLate:
    """Answers a reply that came after the deadline or the decision."""

    tells_end: ClassVar[bool] = True


@dataclass(frozen=True)
class Receipt:
    """Tells what became of the candidate; only where the prompt may have arrived, unless it `is_answer`.

    `is_answer` says that it answers a reply. `unless_accepted_by` is when the edge received the decider's verdict and
    answered it: if the provider had accepted the part under way by then, the decider had read all there was.
    """

    to_decider: bool = False
    is_answer: bool = False
    unless_accepted_by: datetime | None = None
    tells_end: ClassVar[bool] = True

    def is_needless(self, accepted_at: datetime | None) -> bool:
        """Whether the part under way was accepted early enough for its reader to need no receipt."""
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
"""By the kind of a new message, the kinds that it replaces."""


def with_message(owed: tuple[Owed, ...], message: Owed) -> tuple[Owed, ...]:
    """Adds a message, in place of those that it replaces."""
    return (*without(owed, _REPLACED[type(message)]), message)


def without(owed: tuple[Owed, ...], kind: type | UnionType) -> tuple[Owed, ...]:
    return tuple(message for message in owed if not isinstance(message, kind))
