"""What a message asks for, according to its words only.

Other modules find out which candidate is meant, and what follows. A name is a candidate's number or
id as the owner wrote it; it might name nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.decision import Verdict


class Kind(StrEnum):
    """How certain a word is; if a message has several words, the most certain one counts."""

    VERB = "verb"
    ANSWER = "answer"
    EMOJI = "emoji"
    ACKNOWLEDGEMENT = "acknowledgement"

    @property
    def needs_quotation(self) -> bool:
        """Whether it decides only as an answer to the prompt itself, never bare or by a name."""
        return self is Kind.ACKNOWLEDGEMENT


@dataclass(frozen=True)
class Decide:
    """A verdict on each candidate that it names; bare words name none.

    An edit names at most one.
    """

    verdict: Verdict
    kind: Kind
    names: tuple[str, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether it is only a yes or no."""
        return not (self.names or self.verdict.text or self.verdict.note or self.kind.needs_quotation)


@dataclass(frozen=True)
class DecideEach:
    """Several verdicts in one message, each with its own candidates; at most one is an edit."""

    parts: tuple[Decide, ...]


@dataclass(frozen=True)
class All:
    """A verdict on every open candidate."""

    verdict: Verdict


@dataclass(frozen=True)
class EditHow:
    """A request to edit, without the new text or with the instructions' placeholder for it."""

    name: str | None = None


@dataclass(frozen=True)
class UnclearEdit:
    """A request to edit, with words that are either the new text or an instruction."""

    text: str
    name: str | None = None


@dataclass(frozen=True)
class ShowPrompt:
    """A request for the whole prompt. A number or id without other words is one too."""

    name: str | None = None


@dataclass(frozen=True)
class ListOpen:
    """Asks which prompts are open."""


@dataclass(frozen=True)
class Help:
    """Asks what an owner can send."""


@dataclass(frozen=True)
class Thanks:
    """Asks for nothing; needs no answer."""


@dataclass(frozen=True)
class Regret:
    """A request to take the last verdict back."""

    name: str | None = None


@dataclass(frozen=True)
class Stands:
    """Asks about a draft's state: "what about 4821?".

    Without a name, it asks about the last draft: "was it posted?".
    """

    name: str | None


@dataclass(frozen=True)
class Hedge:
    """A known word and more (`yes, but…`), or no clear word (`not yet`): it decides nothing.

    It might also be a new text: "Yes, we are on it!" `is_later` is true if it puts the answer off.
    `note` is a possible note for a command that would work: a skip if `skips` is true, otherwise a
    redo.
    """

    names: tuple[str, ...] = ()
    is_later: bool = False
    note: str | None = None
    skips: bool = False


@dataclass(frozen=True)
class Unsure:
    """Words that might be no verdict (`approve?`, `no thanks`), or that contradict each other.

    The owner is asked what they mean.
    """

    verdict: Verdict
    name: str | None = None


@dataclass(frozen=True)
class Misspelt:
    """Words that would be the command `meant` if one of them were `word`, from the table."""

    word: str
    meant: Decide | EditHow | UnclearEdit


Command = (
    Decide
    | DecideEach
    | All
    | EditHow
    | UnclearEdit
    | ShowPrompt
    | ListOpen
    | Help
    | Thanks
    | Regret
    | Stands
    | Hedge
    | Unsure
    | Misspelt
)
