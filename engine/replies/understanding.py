"""What a message comes to."""

from dataclasses import dataclass

from domain.candidate import Approver
from domain.conversation.subjects import Subject
from domain.decision import Verdict


@dataclass(frozen=True)
class Understanding:
    """A verdict on a candidate, or an answer without effect; the same for a redelivery.

    `subject` is what the answer is about; with `opts_out` these candidates end in this chat. It is kept in the memo of
    the message's ReplyWorkflow: a field may be added with a default, and none may be renamed.
    """

    sender: Approver
    answer: str
    candidate_id: str | None = None
    verdict: Verdict | None = None
    by_search: bool = False
    brand_id: str | None = None
    subject: Subject | None = None
    opts_out: bool = False
