"""What a message means."""

from dataclasses import dataclass
from typing import Self

from domain.candidate import Approver
from domain.conversation.subjects import Subject
from domain.decision import Verdict


@dataclass(frozen=True)
class Understanding:
    """A verdict on a candidate, or an answer without effect; the same for a redelivery.

    `more` has the further messages of the answer, and `others` the further candidates of the
    verdict. If these get different verdicts, `verdicts` has one for each of `concerned`, and
    `verdict` is the first of them. `subject` is what the answer is about; with `opts_out`, these
    candidates end in this chat. `proposed` is a text that the answer asks about. With `shows`, the
    chat gets the prompt of the candidate. `offers` is the candidate that the answer says how to
    decide, although no bare word after it is about that one.

    The memo of the message's ReplyWorkflow contains this. A field can be added with a default, and
    none can be renamed.
    """

    sender: Approver
    answer: str
    candidate_id: str | None = None
    verdict: Verdict | None = None
    by_search: bool = False
    brand_id: str | None = None
    subject: Subject | None = None
    opts_out: bool = False
    more: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    proposed: str | None = None
    shows: bool = False
    offers: str | None = None
    verdicts: tuple[Verdict, ...] = ()

    @classmethod
    def silence(cls, sender: Approver) -> Self:
        """Returns the understanding of a message that gets no answer."""
        return cls(sender, "")

    @property
    def is_silent(self) -> bool:
        return not self.answer

    @property
    def messages(self) -> tuple[str, ...]:
        return (self.answer, *self.more)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The candidates that the verdict is on."""
        return (self.candidate_id, *self.others) if self.candidate_id else self.others

    def verdict_on(self, candidate_id: str) -> Verdict:
        """Returns the verdict on one of `concerned`."""
        assert self.verdict
        return self.verdicts[self.concerned.index(candidate_id)] if self.verdicts else self.verdict
