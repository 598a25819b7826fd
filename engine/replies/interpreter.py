"""How a message is understood: by the id that it names, by what it quotes, or by what its chat was last told."""

import asyncio
from datetime import timedelta

from domain.conversation import texts
from domain.conversation.bare_word_rule import written_at
from domain.conversation.chat_memory import Recollection
from domain.conversation.commands import is_same_id
from domain.conversation.owners_message import OwnersMessage
from domain.decision import Verdict
from engine.candidates import CandidateRecord
from engine.replies.answers import Answers
from engine.replies.bare_words import BareWord, BareWords
from engine.replies.chat_memories import ChatMemories
from engine.replies.known_senders import KnownSenders
from engine.replies.open_prompts import OpenPrompts
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts


class Interpreter:
    """A reply that names its candidate needs no more than that candidate's description."""

    def __init__(  # noqa: PLR0913, PLR0917  # one for each way to understand
        self,
        verdicts: Verdicts,
        chats: ChatMemories,
        known: KnownSenders,
        prompts: OpenPrompts,
        bare_words: BareWords,
        answers: Answers,
    ) -> None:
        self._verdicts = verdicts
        self._chats = chats
        self._known = known
        self._prompts = prompts
        self._bare_words = bare_words
        self._answers = answers

    async def understand(self, message: OwnersMessage) -> Understanding | None:
        """Find what a message comes to; None if nobody is to be answered."""
        command = message.command
        if command and command.candidate_id:
            named = await self._verdicts.weigh_on(message, command.candidate_id, command.verdict)
            if named:
                return named
        asked_at = _ticks()
        recollection = await self._chats.recall(message.senders)
        if not await self._known.include(message.senders, recollection):
            return None
        if command is None:
            return await self._answers.to_no_command(message)
        if command.candidate_id:
            return await self._misspelt(message, command.candidate_id, command.verdict)
        if message.quoted_id is not None:
            return await self._quoted(message, message.quoted_id, command.verdict)
        return await self._unnamed(_bare_word(message, command.verdict, recollection, asked_at))

    async def _misspelt(self, message: OwnersMessage, written: str, verdict: Verdict) -> Understanding | None:
        candidates = await self._prompts.open_candidates(message.senders)
        meant = [candidate.id for candidate in candidates if is_same_id(written, candidate.id)]
        if len(meant) == 1:
            return await self._verdicts.weigh_on(message, meant[0], verdict, by_search=True)
        words = texts.unknown_name(written, candidates, message.received_at)
        return await self._answers.unless_too_many(message, Understanding(message.senders[0], words))

    async def _quoted(self, message: OwnersMessage, quoted_id: str, verdict: Verdict) -> Understanding | None:
        """Take the quoted prompt's candidate; a quotation that is no prompt names nothing, not what is open either."""
        if found := await self._prompts.by_prompt_id(message.senders, quoted_id):
            return await self._verdicts.weigh_on(message, found, verdict, by_search=True)
        words = texts.unknown_quotation(await self._prompts.open_candidates(message.senders), message.received_at)
        return await self._answers.unless_too_many(message, Understanding(message.senders[0], words))

    async def _unnamed(self, word: BareWord) -> Understanding | None:
        found = await self._bare_words.weigh(word)
        if isinstance(found, CandidateRecord):
            return await self._verdicts.weigh(word.message, found, word.verdict, by_search=True)
        return await self._answers.unless_too_many(word.message, found)


def _bare_word(
    message: OwnersMessage, verdict: Verdict, recollection: Recollection | None, asked_at: float
) -> BareWord:
    """Date a bare word by Redis's clock, which was asked at a moment of this process's."""
    written = message.received_at
    if recollection:
        received = recollection.now - timedelta(seconds=_ticks() - asked_at)
        written = written_at(recollection, message.key, received, message.written_at)
    return BareWord(message, verdict, written, recollection)


def _ticks() -> float:
    return asyncio.get_running_loop().time()
