"""Takes an owner's message: understands it, binds it where redeliveries might differ, answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from domain import identifiers
from domain.candidate import Approver
from domain.decision import Outcome, Verdict
from domain.errors import EngineUnavailableError
from domain.reading.owners_message import OwnersMessage
from domain.reading.requests import Decide
from domain.temporal_names import SignalName
from domain.writing import refusals
from engine.approvers import BrandBook
from engine.calls import engine_call, webhook_budget
from engine.candidates import Candidates
from engine.chats.chat_memories import ChatMemories
from engine.chats.known_senders import KnownSenders
from engine.chats.open_prompts import OpenPrompts
from engine.chats.opt_outs import OptOuts
from engine.chats.targets import Targets
from engine.clock import EngineClock
from engine.histories import Histories
from engine.owner_hashes import OwnerHashes
from engine.replies.answers import Answers
from engine.replies.bare_words import BareWords
from engine.replies.binding import Bindings
from engine.replies.counting import Counters, Counting
from engine.replies.interpreter import Interpreter
from engine.replies.messages import laid_out
from engine.replies.proposals import Proposals, unnoted
from engine.replies.reactions import Reactions
from engine.replies.requests import Requests
from engine.replies.several import Several
from engine.replies.understanding import Understanding
from engine.replies.verdicts import Verdicts
from engine.signaling import Signals
from workflows.signals import Reply, Show

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
        counters: Counters,
    ) -> None:
        histories = Histories(client)
        prompts = OpenPrompts(client, owner_hashes, candidates, histories)
        self._candidates = candidates
        self._signals = signals
        self._chats = chats
        self._counting = Counting(counters, owner_hashes)
        self._known = KnownSenders(brands, prompts.is_known)
        self._opt_outs = OptOuts(candidates, prompts, signals, counters.opted_out)
        self._bindings = Bindings(client)
        self._targets = Targets(prompts)
        self._verdicts = Verdicts(prompts, histories, clock)
        self._interpreter = Interpreter(
            chats,
            self._known,
            self._targets,
            self._verdicts,
            Several(self._targets, prompts, self._verdicts),
            BareWords(candidates, prompts, clock),
            Proposals(prompts, self._bindings, self._verdicts),
            Requests(self._targets, prompts),
            Reactions(prompts, self._verdicts),
            Answers(prompts, self._opt_outs, chats, self._bindings, self._counting.left_unanswered),
        )

    async def take(self, message: OwnersMessage) -> tuple[str, ...] | None:
        """Returns the messages for the owner; None for a stranger, or if there is no answer.

        On iMessage, a workflow sends them too. Raises EngineUnavailableError; the same message can
        then be taken again.
        """
        try:
            async with engine_call(webhook_budget()):
                understood = await self._take(message)
        except (EngineUnavailableError, RPCError):
            await self._miss(message)
            raise
        if understood is None:
            return None
        self._counting.answered(message, understood)
        if not await self._note(message, understood):
            understood = unnoted(understood)
        return None if understood.is_silent else understood.messages

    async def _take(self, message: OwnersMessage) -> Understanding | None:
        """Carries out what a message means; refuses a text that is too large for Temporal.

        Temporal would refuse that text again on a redelivery.
        """
        understood = await self._interpreter.understand(message)
        if understood is None:
            self._counting.ignored(message)
        if understood is None or understood.is_silent:
            return understood
        if understood.shows and understood.candidate_id:
            understood = await self._shown_if_possible(understood, understood.candidate_id)
        understood = laid_out(understood, message.channel)
        try:
            return await self._carry_out(message, understood)
        except EngineUnavailableError as error:
            if not error.state.traits.is_of_the_request or not (written := _written(understood)):
                raise
            return await self._refuse_too_large(message, understood.sender, *written)

    async def _carry_out(self, message: OwnersMessage, understood: Understanding) -> Understanding:
        """Binds search results and answers without a verdict, so a redelivery gets the same."""
        if understood.by_search or understood.verdict is None:
            understood = await self._bindings.bind(message, understood)
        if understood.opts_out:
            await self._opt_outs.end(understood.subject, message.senders, message.key)
        if understood.shows and understood.candidate_id:
            await self._show(message, understood, understood.candidate_id)
        if understood.verdict is None:
            return understood
        taken = {id_ for id_ in _written_first(understood) if await self._signal(message, understood, id_)}
        over = [id_ for id_ in understood.concerned if id_ not in taken]
        return await self._answer_late(message, understood, over) if over else understood

    async def _shown_if_possible(self, understood: Understanding, candidate_id: str) -> Understanding:
        """Returns an answer that refuses to show the prompt if the run only gets verdicts."""
        record = await self._candidates.read(candidate_id)
        if self._signals.may_add(record):
            return understood
        return Understanding(understood.sender, refusals.not_shown_again(record.candidate), candidate_id)

    async def _refuse_too_large(
        self, message: OwnersMessage, sender: Approver, candidate_id: str, verdict: Verdict
    ) -> Understanding:
        """Binds the refusal next to what might already be bound to the message."""
        record = await self._candidates.read(candidate_id)
        answer = Understanding(sender, refusals.too_large(record.candidate, verdict), candidate_id)
        beside = replace(message, key=f"{message.key}/too-large")
        return await self._bindings.bind(beside, laid_out(answer, message.channel))

    async def _show(self, message: OwnersMessage, understood: Understanding, candidate_id: str) -> None:
        """Asks the candidate's run to bring its prompt to this chat."""
        wish = Show(message_key=message.key, sender=str(understood.sender))
        await self._signals.send(candidate_id, SignalName.SHOW, wish, f"{message.key}/show")

    async def _signal(self, message: OwnersMessage, understood: Understanding, candidate_id: str) -> bool:
        """Signals the verdict by the message's key; returns False if the candidate is over."""
        verdict = understood.verdict_on(candidate_id)
        reply = Reply(
            message_key=message.key,
            sender=str(understood.sender),
            outcome=verdict.outcome.value,
            text=verdict.text,
            received_at=message.received_at.isoformat(),
            quoted=message.quoted_id if message.is_tap else None,
            note=verdict.note,
        )
        if not await self._signals.send(candidate_id, SignalName.REPLY, reply, message.key):
            return False
        log.info(
            "reply_signaled",
            candidate_id=candidate_id,
            brand_id=understood.brand_id,
            workflow_id=identifiers.approval_workflow_id(candidate_id),
            channel=message.channel,
        )
        return True

    async def _answer_late(
        self, message: OwnersMessage, understood: Understanding, over: Sequence[str]
    ) -> Understanding:
        """Answers verdicts on candidates that ended meanwhile, next to what is already bound."""
        late = await self._verdicts.late(message, understood, over)
        if late is None:
            return understood
        beside = replace(message, key=f"{message.key}/late") if understood.by_search else message
        return await self._bindings.bind(beside, laid_out(late, message.channel))

    async def _note(self, message: OwnersMessage, understood: Understanding) -> bool:
        """Notes in all the chats' memories at once what was heard, and what this response answers.

        Returns False if one of them did not accept an answer. An answer that a workflow sends waits
        until they do.
        """
        key, outcome = f"answer/{message.key}", understood.verdict.outcome if understood.verdict else None
        judged = outcome, understood.candidate_id if outcome else None
        if message.channel.traits.answers_in_response and not understood.is_silent:
            noted = [self._chats.say(chat, key, understood.subject, *judged) for chat in message.senders]
            return all(await asyncio.gather(*noted))
        await asyncio.gather(*(self._chats.hear(chat, *judged) for chat in message.senders))
        return True

    async def _miss(self, message: OwnersMessage) -> None:
        """Keeps the age of a bare word, the only kind of message whose meaning depends on it."""
        match message.command:
            case Decide(names=()) if message.quoted_id is None:
                is_owner = self._known.include_owner(message.senders)
                missing = (self._chats.miss(chat, message.key, is_owner=is_owner) for chat in message.senders)
                await asyncio.gather(*missing)


def _written(understood: Understanding) -> tuple[str, Verdict] | None:
    """Returns the candidate and verdict with an owner's text or note; a message has at most one."""
    if understood.verdict:
        verdicts = [(id_, understood.verdict_on(id_)) for id_ in understood.concerned]
        return next(((id_, verdict) for id_, verdict in verdicts if verdict.text or verdict.note), None)
    if understood.proposed and understood.candidate_id:
        return understood.candidate_id, Verdict(Outcome.EDITED, understood.proposed)
    return None


def _written_first(understood: Understanding) -> list[str]:
    """Returns the candidates with the one that has a text or note first.

    That one might be refused, and then no other is decided.
    """
    written = _written(understood)
    return sorted(understood.concerned, key=lambda id_: written is None or id_ != written[0])
