"""What a message asks for, as its words alone tell: which candidate is meant, and what comes of it, others find out.

A name is a candidate's number or id as the owner wrote it; it may name nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.decision import Verdict


class Kind(StrEnum):
    """How sure a word is; where one message has several, the surest counts."""

    VERB = "verb"
    ANSWER = "answer"
    EMOJI = "emoji"
    ACKNOWLEDGEMENT = "acknowledgement"

    @property
    def needs_quotation(self) -> bool:
        """Whether it decides only as an answer to the prompt itself, and neither bare nor by a name."""
        return self is Kind.ACKNOWLEDGEMENT


@dataclass(frozen=True)
class Decide:
    """A verdict, on each candidate that it names; on none if the words are bare. An edit names one at most."""

    verdict: Verdict
    kind: Kind
    names: tuple[str, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether it is a yes or no and nothing else."""
        return not (self.names or self.verdict.text or self.verdict.note or self.kind.needs_quotation)


@dataclass(frozen=True)
class DecideEach:
    """Several verdicts in one message, each on the candidates that it names; one edit at most."""

    parts: tuple[Decide, ...]


@dataclass(frozen=True)
class All:
    """A verdict on whatever is open."""

    verdict: Verdict


@dataclass(frozen=True)
class EditHow:
    """To edit, without the new text, or with what stands for it in the instructions."""

    name: str | None = None


@dataclass(frozen=True)
class UnclearEdit:
    """To edit, by what may be the new text, or may say what to change."""

    text: str
    name: str | None = None


@dataclass(frozen=True)
class Show:
    """The whole prompt, again. A number or id alone is this, too."""

    name: str | None = None


@dataclass(frozen=True)
class ListOpen:
    """Which prompts are open."""


@dataclass(frozen=True)
class Help:
    """What can be sent."""


@dataclass(frozen=True)
class Thanks:
    """Nothing; no answer is needed."""


@dataclass(frozen=True)
class Regret:
    """To take the last verdict back."""

    name: str | None = None


@dataclass(frozen=True)
class Stands:
    """How a draft stands: "what about 4821?"; the last one without a name: "was it posted?"."""

    name: str | None


@dataclass(frozen=True)
class Hedge:
    """A known word and more (`yes, but…`), or none that is clear (`not yet`): nothing is decided.

    It may be a new text as well: "Yes, we are on it!" `is_later` if it puts the answer off. `note` is what could be
    the note of a command that works: that of a skip, if it `skips`, else what to change.
    """

    names: tuple[str, ...] = ()
    is_later: bool = False
    note: str | None = None
    skips: bool = False


@dataclass(frozen=True)
class Unsure:
    """Words of verdicts that may be none (`approve?`, `no thanks`), or contradict each other: it is asked about."""

    verdict: Verdict
    name: str | None = None


@dataclass(frozen=True)
class Misspelt:
    """What would give a verdict if one word of it were another one of the table."""

    word: str
    meant: Decide | EditHow | UnclearEdit


Command = (
    Decide
    | DecideEach
    | All
    | EditHow
    | UnclearEdit
    | Show
    | ListOpen
    | Help
    | Thanks
    | Regret
    | Stands
    | Hedge
    | Unsure
    | Misspelt
)
