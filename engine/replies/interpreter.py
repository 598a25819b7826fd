"""Works out what a message means, by names in it, its quotation, or what its chat was told last."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.conversation.bare_word_rule import written_at
from domain.conversation.chat_memory import Brake, Recollection
from domain.reading.grammar import may_be_text
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import (
    All,
    Command,
    Decide,
    DecideEach,
    EditHow,
    Hedge,
    Help,
    Kind,
    ListOpen,
    Misspelt,
    Regret,
    ShowPrompt,
    Stands,
    Thanks,
    UnclearEdit,
    Unsure,
)
from domain.writing.edit_questions import which_edit
from engine.chats.chat_memories import ChatMemories
from engine.chats.known_senders import KnownSenders
from engine.chats.targets import Target, Targets, Unclear, awaits_text_for
from engine.replies.answers import Answers
from engine.replies.bare_words import BareWord, BareWords
from engine.replies.proposals import Proposals
from engine.replies.reactions import Reactions
from engine.replies.requests import Requests
from engine.replies.several import Several
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts


class Interpreter:
    """A verdict that names its candidate by its exact id needs only the candidate's description."""

    def __init__(  # noqa: PLR0913, PLR0917  # one for each way to understand
        self,
        chats: ChatMemories,
        known: KnownSenders,
        targets: Targets,
        verdicts: Verdicts,
        several: Several,
        bare_words: BareWords,
        proposals: Proposals,
        requests: Requests,
        reactions: Reactions,
        answers: Answers,
    ) -> None:
        self._chats = chats
        self._known = known
        self._targets = targets
        self._verdicts = verdicts
        self._several = several
        self._bare_words = bare_words
        self._proposals = proposals
        self._requests = requests
        self._reactions = reactions
        self._answers = answers

    async def understand(self, message: OwnersMessage) -> Understanding | None:
        """Returns what a message means; None if its sender was never asked anything."""
        command, asked_at = message.command, _ticks()
        recollection, named = await asyncio.gather(
            self._chats.recall(message.senders), self._named_by_id(message, command)
        )
        if named and isinstance(command, Decide):
            answer = await self._on_named(message, named, command, recollection)
            return await self._proposals.kept(message, answer, recollection)
        if not await self._known.include(message.senders, recollection):
            return None
        understood = await self._of_known(message, command, recollection, asked_at)
        if understood is None:
            return Understanding.silence(message.senders[0])
        return await self._proposals.kept(message, understood, recollection)

    async def _named_by_id(self, message: OwnersMessage, command: Command | None) -> Target | None:
        match command:
            case Decide(kind=kind, names=(name,)) if kind is not Kind.ACKNOWLEDGEMENT:
                return await self._targets.by_id(message, name)
        return None

    async def _on_named(
        self, message: OwnersMessage, named: Target, command: Decide, recollection: Recollection | None
    ) -> Understanding:
        """Weighs a verdict by id; a message that brought a prompt decides nothing on redelivery."""
        if _may_be_answered(message, named, recollection) and (first := await self._answers.bound(message)):
            return first
        if question := await self._targets.contradiction(message, [named], recollection):
            answer = Understanding(named.found.sender, question)
        else:
            answer = await self._verdicts.weigh(message, named, command.verdict, recollection)
        if question or answer.shows:
            return await self._answers.unless_too_many(message, answer) or Understanding.silence(answer.sender)
        return answer

    async def _of_known(
        self, message: OwnersMessage, command: Command | None, recollection: Recollection | None, asked_at: float
    ) -> Understanding | None:
        """Returns what an owner's message means; None if it gets no answer.

        After "copy the draft, change it", a message that only begins like a command is the new
        text.
        """
        if isinstance(command, Hedge | UnclearEdit) and awaits_text_for(recollection) and may_be_text(message.text):
            command = None
        match command:
            case None:
                return await self._free(message, recollection)
            case Decide():
                return await self._decide(message, command, recollection, asked_at)
            case UnclearEdit():
                return await self._unclear_edit(message, command, recollection)
            case DecideEach() | ShowPrompt() | EditHow() | Regret() | Stands() | Unsure():
                answer = await self._asked(message, command, recollection)
                return answer if answer.verdict else await self._answers.unless_too_many(message, answer)
            case All() | Hedge() | Help() | ListOpen() | Misspelt():
                asked = (
                    await self._about_quoted(message, command, recollection) if isinstance(command, Hedge) else command
                )
                return await self._answers.to_question(message, asked, recollection)
            case Thanks():
                return None

    async def _about_quoted(self, message: OwnersMessage, hedge: Hedge, recollection: Recollection | None) -> Hedge:
        """Adds the candidate that a hedge answers, if it names none itself."""
        if hedge.names or not message.quoted_id:
            return hedge
        quoted = await self._targets.quoted(message, recollection)
        return replace(hedge, names=(quoted.found.candidate.id,)) if quoted else hedge

    async def _decide(
        self, message: OwnersMessage, command: Decide, recollection: Recollection | None, asked_at: float
    ) -> Understanding | None:
        is_acknowledgement = command.kind is Kind.ACKNOWLEDGEMENT
        if is_acknowledgement and (command.names or message.quoted_id is None):
            return await self._answers.to_acknowledgement(message, recollection)
        if len(command.names) > 1:
            answer = await self._several.weigh(message, [command], recollection)
        elif command.names or message.quoted_id is not None:
            answer = await self._one(message, command, recollection)
        else:
            answer = await self._bare(_bare_word(message, command, recollection, asked_at))
        return answer if answer.verdict else await self._answers.unless_too_many(message, answer)

    async def _asked(
        self,
        message: OwnersMessage,
        command: DecideEach | ShowPrompt | EditHow | Regret | Stands | Unsure,
        recollection: Recollection | None,
    ) -> Understanding:
        match command:
            case DecideEach(parts=parts):
                return await self._several.weigh(message, parts, recollection)
            case Unsure(verdict=verdict, name=None) if message.quoted_id is None:
                word = BareWord(message, Decide(verdict, Kind.ANSWER), message.received_at, recollection)
                return await self._bare_words.ask(word)
            case Unsure(name=name):
                return await self._requests.answer(message, Regret(name), recollection)
            case ShowPrompt() | EditHow() | Regret() | Stands():
                return await self._requests.answer(message, command, recollection)

    async def _one(self, message: OwnersMessage, command: Decide, recollection: Recollection | None) -> Understanding:
        """Weighs a verdict on the candidate that is named or quoted, and never on another."""
        target = await self._targets.one(message, next(iter(command.names), None), recollection)
        if isinstance(target, Target):
            return await self._verdicts.weigh(message, target, command.verdict, recollection)
        assert isinstance(target, Unclear)
        return Understanding(message.senders[0], target.words, subject=target.subject)

    async def _bare(self, word: BareWord) -> Understanding:
        if word.command.is_bare and (answered := await self._proposals.answered(word)):
            return answered
        found = await self._bare_words.weigh(word)
        if isinstance(found, Target):
            return await self._verdicts.weigh(word.message, found, word.verdict, word.recollection)
        return found

    async def _free(self, message: OwnersMessage, recollection: Recollection | None) -> Understanding | None:
        """Handles what is no command; in answer to a prompt, it might be meant as the new text."""
        if heeded := await self._answers.to_consent(message):
            return heeded
        if reaction := await self._reactions.weigh(message, recollection):
            return reaction if reaction.verdict else await self._answers.unless_too_many(message, reaction)
        target = await self._targets.awaited(message, recollection)
        if message.quoted_id and message.may_decide:
            target = await self._targets.quoted(message, recollection)
        if target is None or not message.text.strip():
            return await self._answers.to_no_command(message, recollection)
        if not await self._answers.may_answer(message, Brake.UNKNOWN_WORDS):
            return None
        return self._proposals.propose(message, target, message.text, recollection)

    async def _unclear_edit(
        self, message: OwnersMessage, command: UnclearEdit, recollection: Recollection | None
    ) -> Understanding | None:
        target = await self._targets.one(message, command.name, recollection)
        if isinstance(target, Target):
            answer = self._proposals.propose(message, target, command.text, recollection)
        elif isinstance(target, Unclear):
            answer = Understanding(message.senders[0], target.words, subject=target.subject)
        else:
            answer = Understanding(message.senders[0], which_edit(target, message.received_at))
        return await self._answers.unless_too_many(message, answer)


def _may_be_answered(message: OwnersMessage, named: Target, recollection: Recollection | None) -> bool:
    """Returns whether a message was answered before, or might have been.

    A chat that does not know the draft might have lost its memory.
    """
    if recollection is None or named.found.candidate.id not in recollection.mentioned:
        return True
    return recollection.has_answered(message.key)


def _bare_word(message: OwnersMessage, command: Decide, recollection: Recollection | None, asked_at: float) -> BareWord:
    """Dates a bare word by Redis's clock, which was read at `asked_at` by this process's clock."""
    written = message.received_at
    if recollection:
        received = recollection.now - timedelta(seconds=_ticks() - asked_at)
        written = written_at(recollection, message.key, received, message.written_at)
    return BareWord(message, command, written, recollection)


def _ticks() -> float:
    return asyncio.get_running_loop().time()
