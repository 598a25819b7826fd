"""Answers to what decides nothing: help, words of consent, and what keeps a robot from an answer each time."""

from collections.abc import Callable

import structlog

from domain.conversation import texts
from domain.conversation.chat_memory import Brake
from domain.conversation.commands import Consent, asks_for_help, consent
from domain.conversation.owners_message import OwnersMessage
from domain.conversation.subjects import Subject, Telling
from engine.replies.binding import Bindings
from engine.replies.chat_memories import ChatMemories
from engine.replies.open_prompts import OpenPrompts
from engine.replies.opt_outs import OptOuts
from engine.replies.understanding import Understanding

log = structlog.get_logger()


class Answers:
    def __init__(
        self,
        prompts: OpenPrompts,
        opt_outs: OptOuts,
        chats: ChatMemories,
        bindings: Bindings,
        on_quiet: Callable[[Brake], None],
    ) -> None:
        """`on_quiet` is called for each message that gets no answer any more."""
        self._prompts = prompts
        self._opt_outs = opt_outs
        self._chats = chats
        self._bindings = bindings
        self._on_quiet = on_quiet

    async def to_no_command(self, message: OwnersMessage) -> Understanding | None:
        """Heed a word of consent, or help; who writes too often what decides nothing is not even looked up."""
        if message.channel.traits.has_opt_outs and message.may_decide and (wish := consent(message.text)):
            return await self._heed(message, wish)
        if message.may_decide and asks_for_help(message.text):
            candidates = await self._prompts.open_candidates(message.senders)
            helped = Understanding(message.senders[0], texts.help_text(candidates, message.received_at))
            return await self.unless_too_many(message, helped)
        if not await self._may_answer(message, Brake.QUESTIONS if message.obstacle else Brake.UNKNOWN_WORDS):
            return None
        candidates, now = await self._prompts.open_candidates(message.senders), message.received_at
        if message.obstacle is None:
            return Understanding(message.senders[0], texts.not_understood(candidates, now))
        subject = Subject(candidates[0].id, Telling.ANSWER) if len(candidates) == 1 else None
        words = texts.undecided(message.obstacle, candidates, now)
        return Understanding(message.senders[0], words, subject=subject)

    async def unless_too_many(self, message: OwnersMessage, answer: Understanding) -> Understanding | None:
        """Answer a known word that decides nothing, unless that happens too often; what is bound already stays so."""
        if await self._may_answer(message, Brake.QUESTIONS):
            return answer
        return await self._bindings.bound(message.key)

    async def _heed(self, message: OwnersMessage, wish: Consent) -> Understanding:
        """Answer who wants to be asked nothing more in this chat, or wants to be asked again."""
        if wish is Consent.GIVEN:
            return Understanding(message.senders[0], texts.opted_in())
        ended = await self._opt_outs.concern(message.senders)
        ids = [candidate.id for candidate in ended]
        subject = Subject(ids[0], Telling.END, tuple(ids[1:])) if ids else None
        return Understanding(message.senders[0], texts.opted_out(ended), subject=subject, opts_out=True)

    async def _may_answer(self, message: OwnersMessage, brake: Brake) -> bool:
        if await self._chats.may_answer(message.senders[0], message.key, brake):
            return True
        self._on_quiet(brake)
        log.info("message_left_unanswered", brake=brake, channel=message.channel)
        return False
