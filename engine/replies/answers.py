"""Answers what decides nothing, such as questions and opt-outs, and limits answers to robots."""

from collections.abc import Callable

from domain.candidate import Candidate
from domain.conversation.chat_memory import Brake, Recollection
from domain.conversation.numbers import number_of
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome
from domain.reading.consent import Consent
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import All, Decide, EditHow, Hedge, Help, ListOpen, Misspelt, UnclearEdit
from domain.writing import lists, opt_outs, outcomes, undecided
from engine.chats.chat_memories import ChatMemories
from engine.chats.open_prompts import OpenPrompts
from engine.chats.opt_outs import OptOuts
from engine.replies.binding import Bindings
from engine.replies.understanding import Understanding
from engine.replies.verdicts import unseen


class Answers:
    def __init__(
        self,
        prompts: OpenPrompts,
        opt_outs: OptOuts,
        chats: ChatMemories,
        bindings: Bindings,
        on_quiet: Callable[[OwnersMessage, Brake], None],
    ) -> None:
        """Calls `on_quiet` for each message over the limit, which gets no answer."""
        self._prompts = prompts
        self._opt_outs = opt_outs
        self._chats = chats
        self._bindings = bindings
        self._on_quiet = on_quiet

    async def to_consent(self, message: OwnersMessage) -> Understanding | None:
        """Acts on an opt-out or opt-in; returns None for any other message."""
        return await self._heed(message, message.consent) if message.consent else None

    async def to_no_command(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Answers what was not understood; over the limit, it looks nothing up."""
        if not await self.may_answer(message, Brake.QUESTIONS if message.obstacle else Brake.UNKNOWN_WORDS):
            return None
        records, now = await self._prompts.open_records(message.senders), message.received_at
        candidates, not_seen = [r.candidate for r in records], unseen(records, message.senders, recollection)
        if message.obstacle is None:
            offers = candidates[0].id if len(candidates) == 1 else None
            words = undecided.not_understood(candidates, now, not_seen)
            return Understanding(message.senders[0], words, offers=offers)
        return _about_one(message, undecided.hindered(message.obstacle, candidates, now, not_seen), candidates)

    async def to_question(
        self,
        message: OwnersMessage,
        asked: All | Hedge | Help | ListOpen | Misspelt,
        recollection: Recollection | None,
    ) -> Understanding | None:
        """Answers a known word that names no candidate and needs none."""
        if isinstance(asked, Hedge) and asked.is_later:
            return await self._put_off(message, asked, recollection)
        records, now = await self._prompts.open_records(message.senders), message.received_at
        candidates, not_seen = [r.candidate for r in records], unseen(records, message.senders, recollection)
        match asked:
            case All(verdict=verdict):
                words = lists.all_of_them(candidates, verdict, now, not_seen)
            case Hedge():
                words = undecided.hedged(candidates, now, asked, not_seen)
            case Help():
                words = lists.help_text(candidates, now)
            case ListOpen():
                words = lists.open_ones(candidates, now)
            case Misspelt(word=word, meant=Decide(verdict=verdict, names=names)):
                words = undecided.misspelt(word, verdict.outcome, candidates, " ".join(names) or None, now)
            case Misspelt(word=word, meant=EditHow(name=name) | UnclearEdit(name=name)):
                words = undecided.misspelt(word, Outcome.EDITED, candidates, name, now)
        return await self.unless_too_many(message, Understanding(message.senders[0], words))

    async def to_acknowledgement(
        self, message: OwnersMessage, recollection: Recollection | None
    ) -> Understanding | None:
        """Answers `ok` and the like, which decide nothing: they might only mean "read"."""
        over, now = recollection.ended_last if recollection else (), message.received_at
        records = [r for r in await self._prompts.still_open(message.senders) if r.candidate.id not in over]
        candidates, not_seen = [r.candidate for r in records], unseen(records, message.senders, recollection)
        ended = None if records else await self._last_ended(message, recollection)
        words = undecided.acknowledged(candidates, now, not_seen, ended)
        return await self.unless_too_many(message, _about_one(message, words, candidates))

    async def _put_off(
        self, message: OwnersMessage, hedge: Hedge, recollection: Recollection | None
    ) -> Understanding | None:
        """Answers an owner who decides later, about the named candidate if exactly one is open."""
        records = await self._prompts.still_open(message.senders)
        named = [r for r in records if {number_of(r.candidate.id), r.candidate.id}.intersection(hedge.names)]
        records = named if len(named) == 1 else records
        candidates, not_seen = [r.candidate for r in records], unseen(records, message.senders, recollection)
        words = undecided.put_off(candidates, message.received_at, not_seen)
        return await self.unless_too_many(message, _about_one(message, words, candidates))

    async def _last_ended(self, message: OwnersMessage, recollection: Recollection | None) -> str | None:
        """Returns how the candidate ended whose end the chat was told last, if that is known."""
        last = recollection.last_ended if recollection else None
        found = await self._prompts.read(last, message.senders) if last else None
        if found is None or found.record.is_open:
            return None
        return outcomes.ended(found.candidate, found.record.decision, found.sender, message.received_at)

    async def unless_too_many(self, message: OwnersMessage, answer: Understanding) -> Understanding | None:
        """Returns an answer that decides nothing; over the limit, only what was bound before."""
        if await self.may_answer(message, Brake.QUESTIONS):
            return answer
        return await self.bound(message)

    async def bound(self, message: OwnersMessage) -> Understanding | None:
        """Returns what was bound to the message when it arrived first; None if nothing was."""
        return await self._bindings.bound(message.key)

    async def may_answer(self, message: OwnersMessage, brake: Brake) -> bool:
        """Returns whether the message gets an answer, and counts it either way."""
        if await self._chats.may_answer(message.senders[0], message.key, brake):
            return True
        self._on_quiet(message, brake)
        return False

    async def _heed(self, message: OwnersMessage, wish: Consent) -> Understanding:
        """Answers an owner who opts out of prompts in this chat, or back in."""
        if wish is Consent.GIVEN:
            return Understanding(message.senders[0], opt_outs.opted_in())
        ended = await self._opt_outs.concern(message.senders)
        ids = [candidate.id for candidate in ended]
        subject = Subject(ids[0], Telling.END, tuple(ids[1:])) if ids else None
        return Understanding(message.senders[0], opt_outs.opted_out(ended), subject=subject, opts_out=True)


def _about_one(message: OwnersMessage, words: str, candidates: list[Candidate]) -> Understanding:
    """Returns an answer about the only open candidate, or about none if there are more or fewer."""
    subject = Subject(candidates[0].id, Telling.ANSWER) if len(candidates) == 1 else None
    return Understanding(message.senders[0], words, subject=subject)
