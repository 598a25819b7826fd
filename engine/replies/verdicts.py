"""Weighs a verdict on one candidate: it can count, or the answer says why it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.candidate import Approver
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from domain.editing import new_texts
from domain.reading.owners_message import OwnersMessage
from domain.writing import confirmations, lists, outcomes, refusals
from domain.writing.opt_outs import not_here_since_stop
from engine.candidates import CandidateRecord
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.clock import EngineClock
from engine.histories import Histories
from engine.replies.understanding import Understanding


@dataclass(frozen=True)
class Weighed:
    """A verdict as it would be taken, with a warning if there is one, or why it is refused."""

    verdict: Verdict
    warning: str | None = None
    refusal: str | None = None
    telling: Telling | None = Telling.ANSWER
    shows: bool = False

    def subject(self, candidate_id: str) -> Subject | None:
        """Returns what a refusal is about.

        After a text, it is about no candidate, because a yes might be meant for the text and not
        for the draft.
        """
        return Subject(candidate_id, self.telling) if self.telling else None


class Verdicts:
    def __init__(self, prompts: OpenPrompts, histories: Histories, clock: EngineClock) -> None:
        self._prompts = prompts
        self._histories = histories
        self._clock = clock

    async def weigh(
        self, message: OwnersMessage, target: Target, verdict: Verdict, recollection: Recollection | None
    ) -> Understanding:
        """Weighs a verdict on a candidate as it was read.

        A message that was signaled when it arrived first is understood as before, even if the
        candidate has ended since.
        """
        found, candidate = target.found, target.found.candidate
        weighed = self.judge(message, found, verdict, recollection)
        if weighed.refusal and not await self._histories.has_received(candidate.id, message.key):
            subject = weighed.subject(candidate.id)
            return Understanding(found.sender, weighed.refusal, candidate.id, subject=subject, shows=weighed.shows)
        words = confirmations.understood(candidate, weighed.verdict)
        return Understanding(
            found.sender,
            "\n".join([words, *([weighed.warning] if weighed.warning else [])]),
            candidate.id,
            weighed.verdict,
            target.by_search,
            candidate.brand_id,
            Subject(candidate.id, Telling.END),
        )

    def weigh_together(
        self, message: OwnersMessage, wanted: Sequence[tuple[ChatRecord, Verdict]], recollection: Recollection | None
    ) -> Understanding | list[str]:
        """Weighs verdicts on several candidates; returns a line for each obstacle, if any."""
        weighed = [self._weigh_beside(message, found, verdict, recollection) for found, verdict in wanted]
        if problems := [each for each in weighed if isinstance(each, str)]:
            return problems
        taken = [each for each in weighed if isinstance(each, Weighed)]
        candidates, verdicts = [found.candidate for found, _ in wanted], [each.verdict for each in taken]
        words = confirmations.understood_together(list(zip(candidates, verdicts, strict=True)))
        first, *others = [candidate.id for candidate in candidates]
        return Understanding(
            wanted[0][0].sender,
            "\n".join([words, *(each.warning for each in taken if each.warning)]),
            first,
            verdicts[0],
            by_search=True,
            brand_id=candidates[0].brand_id,
            subject=Subject(first, Telling.END, tuple(others)),
            others=tuple(others),
            verdicts=tuple(verdicts) if len(set(verdicts)) > 1 else (),
        )

    async def late(
        self, message: OwnersMessage, understood: Understanding, over: Sequence[str]
    ) -> Understanding | None:
        """Says how candidates ended before a verdict arrived; None if they had received it."""
        lines = [late for id_ in over if (late := await self._late(message, id_))]
        if not lines:
            return None
        words = [understood.answer, *lines] if understood.others else lines
        first, *others = dict.fromkeys([*over, *understood.concerned])  # those whose verdict was taken are settled too
        subject = Subject(first, Telling.END, tuple(others))
        return Understanding(understood.sender, "\n".join(words), understood.candidate_id, subject=subject)

    async def _late(self, message: OwnersMessage, candidate_id: str) -> str | None:
        found = await self._prompts.read(candidate_id, message.senders)
        over = self._over(message, found) if found else None
        is_taken = over is not None and await self._histories.has_received(candidate_id, message.key)
        return None if is_taken else over

    def judge(
        self, message: OwnersMessage, found: ChatRecord, verdict: Verdict, recollection: Recollection | None
    ) -> Weighed:
        """Returns how a verdict counts, or why it certainly does not; the run decides the rest."""
        candidate = found.candidate
        if over := self._over(message, found):
            return Weighed(verdict, refusal=over, telling=Telling.END)
        if found.record.has_opted_out(message.senders):
            return Weighed(verdict, refusal=not_here_since_stop(candidate), telling=None)
        read = new_texts.read(message.text, message.channel, candidate, verdict)
        if isinstance(read, str):
            return Weighed(verdict, refusal=read, telling=None)
        if not found.is_asked:  # the number might be known from another phone
            return Weighed(read.verdict, refusal=lists.shown(candidate), shows=True)
        if read.verdict.outcome is Outcome.APPROVED and is_known_in_part(found.record, message.senders, recollection):
            return Weighed(read.verdict, refusal=refusals.not_whole(candidate), shows=True)
        return Weighed(read.verdict, read.warning)

    def _over(self, message: OwnersMessage, found: ChatRecord) -> str | None:
        """Returns the answer to what is certainly too late; the run decides what is doubtful."""
        record, candidate = found.record, found.candidate
        if record.decision or self._clock.is_past(candidate.deadline, message.received_at):
            return outcomes.too_late(candidate, record.decision, found.sender, message.received_at)
        return outcomes.closed(candidate) if record.is_cancelled or not record.is_running else None

    def _weigh_beside(
        self, message: OwnersMessage, found: ChatRecord, verdict: Verdict, recollection: Recollection | None
    ) -> Weighed | str:
        """Weighs one of several verdicts, or returns a line that says why none can be taken."""
        if self._over(message, found):
            return outcomes.ended(found.candidate, found.record.decision, found.sender, message.received_at)
        weighed = self.judge(message, found, verdict, recollection)
        return refusals.unseen(found.candidate) if weighed.shows else weighed.refusal or weighed


def is_known_in_part(record: CandidateRecord, senders: Sequence[Approver], recollection: Recollection | None) -> bool:
    """Returns whether the chat certainly saw only part of a candidate; the run knows the rest."""
    if record.shown_whole(senders) is False:
        return True
    return recollection is not None and recollection.is_in_part(record.candidate.id)


def unseen(
    records: Sequence[CandidateRecord], senders: Sequence[Approver], recollection: Recollection | None
) -> set[str]:
    """Returns the candidates to offer no approval of: not asked about here, or known in part."""
    return {
        record.candidate.id
        for record in records
        if not record.has_asked(senders) or is_known_in_part(record, senders, recollection)
    }
