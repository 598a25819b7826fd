"""The rule of bare words, applied to what happened: our messages, their arrival, and the decisions.

It ignores what memories forget, and how late reports are. So it names a candidate at least wherever
the gateway can know that the rule does, and it never names another one.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.decision import Outcome

_TIME_TO_READ, _TIME_TO_READ_A_QUESTION = 5.0, 3.0
_PROPOSED_FOR = 15 * 60.0
_CHANGE_OF_MIND = 60.0


class OurKind(StrEnum):
    PROMPT = "prompt"
    BUTTONS = "buttons"
    QUESTION = "question"
    PROPOSAL = "proposal"
    END = "end"
    OTHER = "other"


@dataclass
class Ours:
    """A message of ours, about one candidate or none; `arrived` is None while it is on its way."""

    kind: OurKind
    began: float
    about: str = ""
    text: str = ""
    part: int = 1
    parts: int = 1
    ends: tuple[str, ...] = ()
    arrived: float | None = None
    has_failed: bool = False

    @property
    def question(self) -> tuple[OurKind, str, str]:
        return self.kind, self.about, self.text


@dataclass(frozen=True)
class OwnersWord:
    """A verdict without a name; `written` is the latest moment when it can have been written.

    That is its date, or its first receipt.
    """

    outcome: Outcome
    written: float
    is_thumb: bool = False


def text_for(candidate_id: str, text: str) -> str:
    """Returns what a yes to a proposal means."""
    return f"{candidate_id} as {text}"


@dataclass
class Facts:
    """What was sent to one person on one channel, at all addresses."""

    ours: list[Ours] = field(default_factory=list)
    decided: set[str] = field(default_factory=set)
    verdicts: list[tuple[float, str, Outcome]] = field(default_factory=list)

    def named_by(self, word: OwnersWord, asked: list[str]) -> str | None:
        """Returns the candidate that a word may decide by the rule, or the text that it may post.

        `asked` are the undecided candidates that a search finds.
        """
        last = self._last()
        if last is None or last.arrived is None or last.about in self.decided:
            return None
        read_for = word.written - last.arrived
        if last.kind is OurKind.PROPOSAL:
            is_yes = word.outcome is Outcome.APPROVED and _TIME_TO_READ_A_QUESTION <= read_for < _PROPOSED_FOR
            return text_for(last.about, last.text) if is_yes else None
        whole_since = self._whole_since(last.about)
        if self._untold() != {last.about} or set(asked) - {last.about} or whole_since is None:
            return None
        if word.is_thumb and self._sent()[-1].kind not in {OurKind.PROMPT, OurKind.BUTTONS}:
            return None
        needed = _TIME_TO_READ_A_QUESTION if last.kind is OurKind.QUESTION else _TIME_TO_READ
        is_read = min(read_for, word.written - whole_since) >= needed
        return last.about if is_read and not self._contradicts(word, last) else None

    def _sent(self) -> list[Ours]:
        return sorted((each for each in self.ours if not each.has_failed), key=lambda each: each.began)

    def _last(self) -> Ours | None:
        """Returns our last message.

        A repeated question is as old as its first copy, and buttons add nothing.
        """
        last: Ours | None = None
        for each in self._sent():
            is_same_question = (
                last and each.kind in {OurKind.QUESTION, OurKind.PROPOSAL} and each.question == last.question
            )
            is_about_same = last and each.about == last.about and last.kind is not OurKind.PROPOSAL
            if not is_same_question and not (is_about_same and each.kind is OurKind.BUTTONS):
                last = each
        return last

    def _untold(self) -> set[str]:
        """Returns the candidates whose prompt did not fail, and whose end was not read here."""
        told = {id_ for each in self.ours if each.arrived is not None for id_ in each.ends}
        return {each.about for each in self.ours if each.kind is OurKind.PROMPT and not each.has_failed} - told

    def _whole_since(self, candidate_id: str) -> float | None:
        parts = [each for each in self.ours if each.kind is OurKind.PROMPT and each.about == candidate_id]
        if not parts or len(parts) != parts[0].parts:
            return None
        arrivals = [each.arrived for each in parts if each.arrived is not None and not each.has_failed]
        return max(arrivals) if len(arrivals) == len(parts) else None

    def _contradicts(self, word: OwnersWord, last: Ours) -> bool:
        """Returns whether a word might correct the person's last verdict.

        It does not if we have asked since then what is meant.
        """
        if not self.verdicts:
            return False
        at, _, outcome = self.verdicts[-1]
        was_asked = last.kind is OurKind.QUESTION and last.began > at
        return outcome is not word.outcome and word.written - at < _CHANGE_OF_MIND and not was_asked
