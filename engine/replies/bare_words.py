"""A verdict that names no candidate: decides by the last thing that the chat was told, or asks back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.candidate import Approver
from domain.conversation import bare_word_rule, texts
from domain.conversation.chat_memory import Recollection
from domain.conversation.owners_message import OwnersMessage
from domain.conversation.subjects import Subject, Telling
from domain.decision import Verdict
from engine.candidates import CandidateRecord, Candidates
from engine.clock import EngineClock
from engine.replies.open_prompts import OpenPrompts
from engine.replies.understanding import Understanding

_MOST = 12
"""Candidates that are read for a question; it lists ten."""


@dataclass(frozen=True)
class BareWord:
    """A message that gives a verdict and no id.

    `recollection` is None if Redis does not answer, and `written` is by its clock.
    """

    message: OwnersMessage
    verdict: Verdict
    written: datetime
    recollection: Recollection | None

    @property
    def senders(self) -> tuple[Approver, ...]:
        return self.message.senders


@dataclass(frozen=True)
class _Situation:
    """What a question is about: what is open, what ended, and what is not known any more."""

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

    async def weigh(self, word: BareWord) -> CandidateRecord | Understanding:
        """Return what the word decides, or the answer that asks back.

        Costs one search and one description, and where it asks back, one more for each candidate that it reads.
        """
        asked = await self._prompts.asked(word.senders)
        if meant := word.recollection and bare_word_rule.meant(word.recollection, word.verdict.outcome, word.written):
            others = [record for record in asked if record.candidate.id != meant]
            record = None if others else await self._prompts.confirmed(meant, word.senders)
            if record and self._is_open(record, word):
                return record
        return await self._ask_back(word, asked)

    async def _ask_back(self, word: BareWord, asked: Sequence[CandidateRecord]) -> Understanding:
        situation, reader = await self._situation(word, asked), word.senders[0]
        now = word.message.received_at
        ended = [texts.ended(record.candidate, record.decision, reader, now) for record in situation.ended]
        match situation.open:
            case [record]:
                subject = Subject(record.candidate.id, Telling.ANSWER, situation.over)
                decides_next = _decides_next(word, record, situation)
                words = texts.this_one(record.candidate, word.verdict, ended, now, decides_next=decides_next)
                return Understanding(reader, words, subject=subject)
            case [_, *_]:
                candidates = [record.candidate for record in situation.open]
                return Understanding(reader, texts.which_one(candidates, word.verdict, ended, now))
        if not situation.ended:
            return Understanding(reader, texts.nothing_open([]))
        last = situation.ended[0]
        subject = Subject(last.candidate.id, Telling.END, situation.over)
        return Understanding(reader, texts.nothing_open(ended), subject=subject)

    async def _situation(self, word: BareWord, asked: Sequence[CandidateRecord]) -> _Situation:
        """Read what the search found, and what the chat was prompted for: it lags, so each is read consistently.

        What it found comes first: where many ended that the chat does not know of, what is open is not left out.
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
        """Whether a word may decide: whether it came in time, the run says where the clocks do not."""
        is_late = self._clock.is_past(record.candidate.deadline, word.message.received_at)
        return record.is_open and not is_late


def _decides_next(word: BareWord, record: CandidateRecord, situation: _Situation) -> bool:
    if word.recollection is None or not record.unfailed(word.senders):
        return False
    return bare_word_rule.decides_next(word.recollection, record.candidate.id, situation.over)
