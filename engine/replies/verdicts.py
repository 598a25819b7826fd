"""A verdict on one candidate: it may count, or the answer says why it cannot."""

from domain.candidate import Approver
from domain.conversation import texts
from domain.conversation.owners_message import OwnersMessage
from domain.conversation.subjects import Subject, Telling
from domain.decision import Verdict
from engine.candidates import CandidateRecord, Candidates
from engine.clock import EngineClock
from engine.histories import Histories
from engine.replies.understanding import Understanding


class Verdicts:
    def __init__(self, candidates: Candidates, histories: Histories, clock: EngineClock) -> None:
        self._candidates = candidates
        self._histories = histories
        self._clock = clock

    async def weigh_on(
        self, message: OwnersMessage, candidate_id: str, verdict: Verdict, *, by_search: bool = False
    ) -> Understanding | None:
        """Weigh a verdict on one candidate; None if it is unknown, or none of the sender's."""
        record = await self._candidates.find(candidate_id)
        return await self.weigh(message, record, verdict, by_search=by_search) if record else None

    async def weigh(
        self, message: OwnersMessage, record: CandidateRecord, verdict: Verdict, *, by_search: bool
    ) -> Understanding | None:
        """Weigh a verdict on a candidate as it was read.

        A message that was signalled when it came first is understood once more, whatever has become of the candidate.
        """
        sender = record.approver_among(message.senders)
        if sender is None:
            return None
        candidate_id, brand_id = record.candidate.id, record.candidate.brand_id
        refusal = self._refusal(message, sender, record, verdict)
        if refusal and not await self._histories.has_received(candidate_id, message.key):
            words, telling = refusal
            return Understanding(sender, words, candidate_id, subject=Subject(candidate_id, telling))
        words, subject = texts.understood(record.candidate, verdict), Subject(candidate_id, Telling.END)
        return Understanding(sender, words, candidate_id, verdict, by_search, brand_id, subject)

    def _refusal(
        self, message: OwnersMessage, sender: Approver, record: CandidateRecord, verdict: Verdict
    ) -> tuple[str, Telling] | None:
        """Say why a verdict certainly cannot count, and what that tells of the candidate; None if it may.

        Whether one came in time, the run says where the clocks do not.
        """
        candidate = record.candidate
        if record.decision or self._clock.is_past(candidate.deadline, message.received_at):
            return texts.too_late(candidate, record.decision, sender, message.received_at), Telling.END
        if record.is_cancelled or not record.is_running:
            return texts.closed(candidate), Telling.END
        return (texts.too_long(candidate, verdict), Telling.ANSWER) if verdict.excess else None
