"""The text of a message that a candidate's run owes a chat."""

from datetime import datetime

from domain.candidate import Approver, Candidate
from domain.conversation.owed_messages import Answer, NotUnderstood, NotWhole, Receipt, TooLate, TooLong
from domain.decision import Decision
from domain.writing import outcomes, refusals
from domain.writing.undecided import not_understood


def owed_text(  # noqa: PLR0913  # the message, its candidate, its reader and the moment
    message: Answer | Receipt,
    candidate: Candidate,
    decision: Decision | None,
    reader: Approver,
    now: datetime,
    *,
    is_whole: bool,
) -> str:
    """Writes the message as of now; `is_whole` says whether the chat was shown all of the draft."""
    match message:
        case NotUnderstood():
            return not_understood([candidate], now, unseen=() if is_whole else (candidate.id,))
        case TooLong(verdict=verdict):
            return refusals.too_long(candidate, verdict)
        case NotWhole():
            return refusals.not_whole(candidate)
        case TooLate():
            return outcomes.too_late(candidate, decision, reader, now)
        case Receipt(to_decider=to_decider):
            assert decision is not None
            return outcomes.receipt(candidate, decision, reader, now, to_decider=to_decider)
