"""What an owner sent is taken: understood, bound where a redelivery could find otherwise, signalled, answered."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog
from temporalio.client import Client

from domain import identifiers
from domain.conversation.chat_memory import Brake
from domain.conversation.owners_message import OwnersMessage
from domain.decision import Verdict
from domain.errors import EngineUnavailableError
from domain.temporal_names import SignalName
from engine.approvers import BrandBook
from engine.calls import WEBHOOK_BUDGET, engine_call
from engine.candidates import Candidates
from engine.clock import EngineClock
from engine.histories import Histories
from engine.owner_hashes import OwnerHashes
from engine.replies.answers import Answers
from engine.replies.bare_words import BareWords
from engine.replies.binding import Bindings
from engine.replies.chat_memories import ChatMemories
from engine.replies.interpreter import Interpreter
from engine.replies.known_senders import KnownSenders
from engine.replies.open_prompts import OpenPrompts
from engine.replies.opt_outs import OptOuts
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts
from engine.signalling import Signals
from workflows.signals import Reply

log = structlog.get_logger()


class Replies:
    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators, wired in one place
        self,
        client: Client,
        candidates: Candidates,
        owner_hashes: OwnerHashes,
        brands: BrandBook,
        signals: Signals,
        chats: ChatMemories,
        clock: EngineClock,
        on_quiet: Callable[[Brake], None],
        on_opt_out: Callable[[], None],
    ) -> None:
        """`on_quiet` is called for each message that gets no answer any more, `on_opt_out` for each that opts out."""
        histories = Histories(client)
        prompts = OpenPrompts(client, owner_hashes, candidates, histories)
        self._signals = signals
        self._chats = chats
        self._known = KnownSenders(brands, prompts.is_known)
        self._opt_outs = OptOuts(candidates, prompts, signals, on_opt_out)
        self._bindings = Bindings(client)
        self._verdicts = Verdicts(candidates, histories, clock)
        answers = Answers(prompts, self._opt_outs, chats, self._bindings, on_quiet)
        bare_words = BareWords(candidates, prompts, clock)
        self._interpreter = Interpreter(self._verdicts, chats, self._known, prompts, bare_words, answers)

    async def take(self, message: OwnersMessage) -> str | None:
        """Return the words for the owner, or None for somebody who was never asked anything, or has had enough answers.

        On iMessage the words are sent by a workflow besides. Raises EngineUnavailableError; then the same message may
        come again.
        """
        try:
            async with engine_call(WEBHOOK_BUDGET):
                understood = await self._take(message)
        except EngineUnavailableError:
            await self._miss(message)
            raise
        if understood is None:
            return None
        await self._note(message, understood)
        return understood.answer

    async def _take(self, message: OwnersMessage) -> Understanding | None:
        """Bind what a search found, and every answer that no candidate gives: a redelivery finds the same."""
        understood = await self._interpreter.understand(message)
        if understood is None:
            return None
        if understood.by_search or understood.verdict is None:
            understood = await self._bindings.bind(message, understood)
        if understood.opts_out:
            await self._opt_outs.end(understood.subject, message.senders, message.key)
        verdict = understood.verdict
        if verdict is None or await self._signal(message, understood, verdict):
            return understood
        return await self._answer_late(message, understood, verdict)

    async def _signal(self, message: OwnersMessage, understood: Understanding, verdict: Verdict) -> bool:
        """Signal the verdict, by the message's key; False if the candidate's life is over."""
        reply = Reply(
            message_key=message.key,
            sender=str(understood.sender),
            outcome=verdict.outcome.value,
            text=verdict.text,
            received_at=message.received_at.isoformat(),
            quoted=message.quoted_id if message.is_tap else None,
        )
        candidate_id = understood.candidate_id or ""
        if not await self._signals.send(candidate_id, SignalName.REPLY, reply, message.key):
            return False
        log.info(
            "reply_signalled",
            candidate_id=candidate_id,
            brand_id=understood.brand_id,
            workflow_id=identifiers.approval_workflow_id(candidate_id),
            channel=message.channel,
        )
        return True

    async def _answer_late(self, message: OwnersMessage, understood: Understanding, verdict: Verdict) -> Understanding:
        """Answer what came to a life that ended in between; beside what is bound to the message already."""
        late = await self._verdicts.weigh_on(message, understood.candidate_id or "", verdict)
        if late is None or late.verdict:
            return understood
        beside = replace(message, key=f"{message.key}/late") if understood.by_search else message
        return await self._bindings.bind(beside, late)

    async def _note(self, message: OwnersMessage, understood: Understanding) -> None:
        """Tell the chats' memories, all at once, what was heard there, and what is answered in this response."""
        key, outcome = f"answer/{message.key}", understood.verdict.outcome if understood.verdict else None
        if message.channel.traits.answers_in_response:
            await asyncio.gather(*(self._chats.say(chat, key, understood.subject, outcome) for chat in message.senders))
        elif outcome:
            await asyncio.gather(*(self._chats.hear(chat, outcome) for chat in message.senders))

    async def _miss(self, message: OwnersMessage) -> None:
        """Keep the age of a bare word, the one kind of message whose meaning depends on it."""
        command = message.command
        if command and command.candidate_id is None and message.quoted_id is None:
            is_owner = self._known.include_owner(message.senders)
            missing = (self._chats.miss(chat, message.key, is_owner=is_owner) for chat in message.senders)
            await asyncio.gather(*missing)
