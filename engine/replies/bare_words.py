"""Weighs a verdict that names no candidate: by what the chat was told last, or with a question."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.candidate import Approver
from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import Decide, Kind
from domain.writing import outcomes, questions
from engine.candidates import CandidateRecord, Candidates
from engine.chats.open_prompts import ChatRecord, OpenPrompts
from engine.chats.targets import Target
from engine.clock import EngineClock
from engine.replies.understanding import Understanding
from engine.replies.verdicts import is_known_in_part

_MOST = 12
"""Candidates that are read for a question, which lists ten."""


@dataclass(frozen=True)
class BareWord:
    """A message with a verdict and no id.

    `recollection` is None if Redis does not answer; `written` is by Redis's clock.
    """

    message: OwnersMessage
    command: Decide
    written: datetime
    recollection: Recollection | None

    @property
    def verdict(self) -> Verdict:
        return self.command.verdict

    @property
    def senders(self) -> tuple[Approver, ...]:
        return self.message.senders

    @property
    def means(self) -> str | None:
        """The candidate that it might be about, going by what the chat was told."""
        if self.recollection is None:
            return None
        needs_prompt = self.command.kind is Kind.EMOJI
        return bare_word_rule.meant(self.recollection, self.verdict.outcome, self.written, needs_prompt=needs_prompt)


@dataclass(frozen=True)
class _Situation:
    """What a question is about: open candidates, ended ones, and ids that are no longer known."""

    open: list[CandidateRecord]
    ended: list[CandidateRecord]
    unknown: list[str]

    @property
    def over(self) -> tuple[str, ...]:
        return (*(record.candidate.id for record in self.ended), *self.unknown)


class BareWords:
    def __init__(self, candidates: Candidates, prompts: OpenPrompts, clock: EngineClock) -> None:
        self._candidates = candidates
        self._prompts = prompts
        self._clock = clock

    async def weigh(self, word: BareWord) -> Target | Understanding:
        """Returns what the word decides, or a question that asks which draft is meant.

        It costs one search and one description. A question costs one more description for each
        candidate that it reads.
        """
        asked = await self._prompts.asked(word.senders)
        if meant := word.means:
            others = [record for record in asked if record.candidate.id != meant]
            record = None if others else await self._prompts.confirmed(meant, word.senders)
            sender = record and record.approver_among(word.senders)
            if record and sender and self._is_open(record, word):
                return Target(ChatRecord(record, sender, is_asked=True), by_search=True)
        return await self._ask_back(word, asked)

    async def ask(self, word: BareWord) -> Understanding:
        """Asks about words that might be no verdict, regardless of what the chat was told last."""
        answer = await self._ask_back(word, await self._prompts.asked(word.senders))
        is_question = answer.subject is not None and answer.subject.telling is Telling.ANSWER
        return replace(answer, answer=questions.doubted(answer.answer)) if is_question else answer

    async def _ask_back(self, word: BareWord, asked: Sequence[CandidateRecord]) -> Understanding:
        situation, reader = await self._situation(word, asked), word.senders[0]
        now = word.message.received_at
        ended = [outcomes.ended(record.candidate, record.decision, reader, now) for record in situation.ended]
        in_part = {r.candidate.id for r in situation.open if is_known_in_part(r, word.senders, word.recollection)}
        match situation.open:
            case [record]:
                subject = Subject(record.candidate.id, Telling.ANSWER, situation.over)
                decides_next = _decides_next(word, record, situation)
                if in_part and word.verdict.outcome is Outcome.APPROVED:
                    words = questions.this_one_in_part(record.candidate, ended, now)
                else:
                    words = questions.this_one(record.candidate, word.verdict, ended, now, decides_next=decides_next)
                return Understanding(reader, words, subject=subject)
            case [_, *_]:
                candidates = [record.candidate for record in situation.open]
                return Understanding(reader, questions.which_one(candidates, word.verdict, ended, now, in_part))
        return await self._too_late(word, situation)

    async def _too_late(self, word: BareWord, situation: _Situation) -> Understanding:
        """Says how the candidates ended that the chat was asked about, or was told about last."""
        last = word.recollection.last_ended if word.recollection else None
        told = await self._candidates.find(last) if last and not situation.ended else None
        records = [*situation.ended, *([told] if told and not told.is_open else [])]
        reader, now = word.senders[0], word.message.received_at
        ended = [outcomes.ended(r.candidate, r.decision, reader, now) for r in records]
        words = outcomes.nothing_open(ended, await self._waiting(word, situation))
        subject = Subject(records[0].candidate.id, Telling.END, situation.over) if records else None
        return Understanding(reader, words, subject=subject)

    async def _waiting(self, word: BareWord, situation: _Situation) -> int:
        """Counts the sender's open candidates that this chat was not asked about yet."""
        over = {*situation.over, *(word.recollection.mentioned if word.recollection else [])}
        return sum(record.candidate.id not in over for record in await self._prompts.open_records(word.senders))

    async def _situation(self, word: BareWord, asked: Sequence[CandidateRecord]) -> _Situation:
        """Reads the candidates that the search found and those that the chat was prompted for.

        Each is read consistently, because the search lags. Those that the search found are first,
        so that no open one is left out if many ended that the chat does not know of.
        """
        untold = word.recollection.untold if word.recollection else []
        ids = list(dict.fromkeys([*(record.candidate.id for record in asked), *untold]))[:_MOST]
        records = await asyncio.gather(*map(self._candidates.find, ids))
        return _Situation(
            open=[record for record in records if record and self._is_open(record, word)],
            ended=[r for r in records if r and not self._is_open(r, word) and r.candidate.id in untold],
            unknown=[id_ for id_, record in zip(ids, records, strict=True) if record is None],
        )

    def _is_open(self, record: CandidateRecord, word: BareWord) -> bool:
        """Returns whether a word can decide on a candidate.

        If the clocks cannot tell whether the word is late, the run decides that.
        """
        is_late = self._clock.is_past(record.candidate.deadline, word.message.received_at)
        return record.is_open and not is_late and not record.has_opted_out(word.senders)


def _decides_next(word: BareWord, record: CandidateRecord, situation: _Situation) -> bool:
    if word.recollection is None or not record.unfailed(word.senders):
        return False
    return bare_word_rule.decides_next(word.recollection, record.candidate.id, situation.over)
