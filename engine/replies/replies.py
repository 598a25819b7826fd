"""What an owner sent: the candidate it is about is found, it is signalled there, and it is answered.

A reply that names its candidate needs no more than that candidate's description. Whatever a search found, and every
answer that no candidate gives, is bound to the message once, so that a redelivery finds the same.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain import bare_words, identifiers, texts
from domain.candidate import Approver
from domain.channels import Channel
from domain.chat_memory import Brake, Recollection
from domain.chats import Subject, Telling
from domain.decision import Outcome, OwnersReply, Verdict
from domain.errors import EngineUnavailableError, UnknownCandidateError
from domain.obstacles import Obstacle
from domain.replies import Consent, asks_for_help, consent, is_same_id, parse
from domain.temporal_names import SignalName
from engine.calls import WEBHOOK_BUDGET, engine_call
from engine.candidates import CandidateRecord, Candidates
from engine.clock import EngineClock
from engine.histories import Histories
from engine.replies.bare_words import BareWord, BareWords
from engine.replies.known_senders import KnownSenders
from engine.replies.open_prompts import OpenPrompts
from engine.replies.opt_outs import OptOuts
from engine.signalling import Signals
from workflows.reply import BoundReply, ReplyWorkflow
from workflows.signals import Reply

log = structlog.get_logger()


class ChatMemories(Protocol):
    """What the chats were last told; a note that Redis does not take is lost."""

    async def recall(self, senders: Sequence[Approver]) -> Recollection | None:
        """Return what a person's chats remember; None if Redis does not answer."""

    async def may_answer(self, chat: Approver, key: str, brake: Brake) -> bool:
        """Count an answer; False if the chat had too many lately."""

    async def say(self, chat: Approver, key: str, subject: Subject | None, outcome: Outcome | None) -> None:
        """Note an answer in the response to the owner's message, and the verdict in that if it has one."""

    async def hear(self, chat: Approver, outcome: Outcome) -> None:
        """Note a verdict."""

    async def miss(self, chat: Approver, key: str, *, is_owner: bool) -> None:
        """Note a message that could not be taken, in the chat of an owner or of somebody who was asked before."""


@dataclass(frozen=True)
class OwnersMessage:
    """A message as it came in; `senders` are the addresses that the provider gives for the one person who wrote.

    `quoted_id` is None without a quotation, and empty if the provider does not say what is quoted. `written_at` is the
    date that the phone gives, where it gives one. `obstacle` is why it may not decide, where its owner needs to know.
    A tap is on a button of the quoted message.
    """

    key: str
    senders: tuple[Approver, ...]
    text: str
    quoted_id: str | None
    may_decide: bool
    received_at: datetime
    written_at: datetime | None = None
    obstacle: Obstacle | None = None
    is_tap: bool = False

    @property
    def channel(self) -> Channel:
        return self.senders[0].channel


@dataclass(frozen=True)
class Finding:
    """What a message comes to: a verdict on a candidate, or an answer without effect; the same for a redelivery.

    `subject` is what the answer is about; with `opts_out` these candidates end in this chat.
    """

    sender: Approver
    answer: str
    candidate_id: str | None = None
    verdict: Verdict | None = None
    by_search: bool = False
    brand_id: str | None = None
    subject: Subject | None = None
    opts_out: bool = False


class Replies:
    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators, wired in one place
        self,
        client: Client,
        candidates: Candidates,
        prompts: OpenPrompts,
        histories: Histories,
        signals: Signals,
        known: KnownSenders,
        opt_outs: OptOuts,
        chats: ChatMemories,
        clock: EngineClock,
        on_quiet: Callable[[Brake], None],
    ) -> None:
        """`on_quiet` is called for each message that gets no answer any more."""
        self._client = client
        self._candidates = candidates
        self._prompts = prompts
        self._histories = histories
        self._signals = signals
        self._known = known
        self._opt_outs = opt_outs
        self._chats = chats
        self._clock = clock
        self._on_quiet = on_quiet
        self._bare_words = BareWords(candidates, prompts, clock)

    async def take(self, message: OwnersMessage) -> str | None:
        """Give the words for the owner, or None for somebody who was never asked anything, or has had enough answers.

        On iMessage the words are sent by a workflow besides. Raises EngineUnavailableError; then the same message may
        be delivered again.
        """
        try:
            async with engine_call(WEBHOOK_BUDGET):
                finding = await self._take(message)
        except EngineUnavailableError:
            await self._missed(message)
            raise
        if finding is None:
            return None
        await self._note(message, finding)
        return finding.answer

    async def _take(self, message: OwnersMessage) -> Finding | None:
        finding = await self._find(message)
        if finding is None:
            return None
        if finding.by_search or finding.verdict is None:
            finding = await self._bind(message, finding)
        if finding.opts_out:
            await self._opt_outs.end(finding.subject, message.senders, message.key)
        if finding.verdict is None or await self._signal(message, finding):
            return finding
        return await self._answer_late(message, finding, finding.verdict)

    async def _missed(self, message: OwnersMessage) -> None:
        """Keep the age of a bare word, the one kind of message whose meaning depends on it."""
        command = parse(message.text) if message.may_decide else None
        if command and command.candidate_id is None and message.quoted_id is None:
            is_owner = self._known.include_owner(message.senders)
            missing = (self._chats.miss(chat, message.key, is_owner=is_owner) for chat in message.senders)
            await asyncio.gather(*missing)

    async def _note(self, message: OwnersMessage, finding: Finding) -> None:
        """Tell the chats' memories, all at once, what was heard there, and what is answered in this response."""
        key, outcome = f"answer/{message.key}", finding.verdict.outcome if finding.verdict else None
        if message.channel.traits.answers_in_response:
            await asyncio.gather(*(self._chats.say(chat, key, finding.subject, outcome) for chat in message.senders))
        elif outcome:
            await asyncio.gather(*(self._chats.hear(chat, outcome) for chat in message.senders))

    async def _answer_late(self, message: OwnersMessage, finding: Finding, verdict: Verdict) -> Finding:
        """Answer what came to a life that ended in between; beside what is bound to the message already."""
        late = await self._verdict_on(message, finding.candidate_id or "", verdict)
        if late is None or late.verdict:
            return finding
        return await self._bind(replace(message, key=f"{message.key}/late") if finding.by_search else message, late)

    async def _find(self, message: OwnersMessage) -> Finding | None:
        """Find what a message comes to; None if nobody is to be answered."""
        command = parse(message.text) if message.may_decide else None
        if command and command.candidate_id:
            named = await self._verdict_on(message, command.candidate_id, command.verdict)
            if named:
                return named
        asked_at = _ticks()
        recollection = await self._chats.recall(message.senders)
        if not await self._known.include(message.senders, recollection):
            return None
        if command is None:
            return await self._find_help(message)
        if command.candidate_id:
            return await self._find_misspelt(message, command.candidate_id, command.verdict)
        if message.quoted_id is not None:
            return await self._find_quoted(message, message.quoted_id, command.verdict)
        written = message.received_at
        if recollection:
            received = recollection.now - timedelta(seconds=_ticks() - asked_at)
            written = bare_words.written_at(recollection, message.key, received, message.written_at)
        word = BareWord(message.senders, command.verdict, message.received_at, written, recollection)
        return await self._find_unnamed(message, word)

    async def _find_unnamed(self, message: OwnersMessage, word: BareWord) -> Finding | None:
        found = await self._bare_words.weigh(word)
        if isinstance(found, CandidateRecord):
            return await self._verdict(message, found, word.verdict, by_search=True)
        if found is None:
            return await self._brake(message, Finding(message.senders[0], texts.help_text([])))
        return await self._brake(message, Finding(message.senders[0], found.answer, subject=found.subject))

    async def _find_quoted(self, message: OwnersMessage, quoted_id: str, verdict: Verdict) -> Finding | None:
        """Take the quoted prompt's candidate; a quotation that is no prompt names nothing, not what is open either."""
        if found := await self._prompts.by_prompt_id(message.senders, quoted_id):
            return await self._verdict_on(message, found, verdict, by_search=True)
        words = texts.unknown_quotation(await self._open_ids(message))
        return await self._brake(message, Finding(message.senders[0], words))

    async def _find_misspelt(self, message: OwnersMessage, written: str, verdict: Verdict) -> Finding | None:
        open_ids = await self._open_ids(message)
        meant = [open_id for open_id in open_ids if is_same_id(written, open_id)]
        if len(meant) == 1:
            return await self._verdict_on(message, meant[0], verdict, by_search=True)
        return await self._brake(message, Finding(message.senders[0], texts.help_text(open_ids)))

    async def _heed(self, message: OwnersMessage, wish: Consent) -> Finding:
        """Answer who wants to be asked nothing more in this chat, or wants to be asked again."""
        if wish is Consent.GIVEN:
            return Finding(message.senders[0], texts.opted_in())
        ended = await self._opt_outs.concern(message.senders)
        subject = Subject(ended[0], Telling.END, tuple(ended[1:])) if ended else None
        return Finding(message.senders[0], texts.opted_out(ended), subject=subject, opts_out=True)

    async def _find_help(self, message: OwnersMessage) -> Finding | None:
        """Heed a word of consent, or help; who writes too often what decides nothing is not even looked up."""
        if message.channel.traits.has_opt_outs and message.may_decide and (wish := consent(message.text)):
            return await self._heed(message, wish)
        if message.may_decide and asks_for_help(message.text):
            return await self._brake(
                message, Finding(message.senders[0], texts.help_text(await self._open_ids(message)))
            )
        if not await self._may_answer(message, Brake.QUESTIONS if message.obstacle else Brake.UNKNOWN_WORDS):
            return None
        open_ids = await self._open_ids(message)
        if message.obstacle is None:
            return Finding(message.senders[0], texts.help_text(open_ids))
        subject = Subject(open_ids[0], Telling.ANSWER) if len(open_ids) == 1 else None
        return Finding(message.senders[0], texts.undecided(message.obstacle, open_ids), subject=subject)

    async def _open_ids(self, message: OwnersMessage) -> list[str]:
        return [record.candidate.id for record in await self._prompts.asked(message.senders)]

    async def _brake(self, message: OwnersMessage, finding: Finding) -> Finding | None:
        """Answer a known word that decides nothing, unless that happens too often; what is bound already stays so."""
        if await self._may_answer(message, Brake.QUESTIONS):
            return finding
        return await self._bound(message.key)

    async def _may_answer(self, message: OwnersMessage, brake: Brake) -> bool:
        if await self._chats.may_answer(message.senders[0], message.key, brake):
            return True
        self._on_quiet(brake)
        log.info("message_left_unanswered", brake=brake, channel=message.channel)
        return False

    async def _verdict_on(
        self, message: OwnersMessage, candidate_id: str, verdict: Verdict, *, by_search: bool = False
    ) -> Finding | None:
        """Weigh a verdict on one candidate; None if it is unknown, or none of the sender's."""
        try:
            record = await self._candidates.read(candidate_id)
        except UnknownCandidateError:
            return None
        return await self._verdict(message, record, verdict, by_search=by_search)

    async def _verdict(
        self, message: OwnersMessage, record: CandidateRecord, verdict: Verdict, *, by_search: bool
    ) -> Finding | None:
        """Weigh a verdict on a candidate as it was read.

        A message that was signalled when it came first is understood once more, whatever has become of the candidate.
        """
        sender = next((sender for sender in message.senders if sender in record.candidate.approvers), None)
        if sender is None:
            return None
        candidate_id, brand_id = record.candidate.id, record.candidate.brand_id
        refusal = self._refusal(message, sender, record, verdict)
        if refusal and not await self._histories.has_received(candidate_id, message.key):
            words, telling = refusal
            return Finding(sender, words, candidate_id, subject=Subject(candidate_id, telling))
        words, subject = texts.understood(candidate_id, verdict), Subject(candidate_id, Telling.END)
        return Finding(sender, words, candidate_id, verdict, by_search, brand_id, subject)

    async def _bind(self, message: OwnersMessage, finding: Finding) -> Finding:
        """Bind the finding to the message, durably; gives what was bound first."""
        workflow_id = identifiers.reply_workflow_id(message.key)
        sends_itself = finding.verdict is None and not message.channel.traits.answers_in_response
        bound = BoundReply(message.key, finding.sender, finding.answer if sends_itself else None, finding.subject)
        try:
            async with engine_call():
                await self._client.start_workflow(
                    ReplyWorkflow.run,
                    bound,
                    id=workflow_id,
                    task_queue=identifiers.TASK_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    memo={identifiers.MEMO_FINDING: finding},
                    static_summary=f"{message.channel.label}, about {finding.candidate_id or 'no candidate'}",
                )
        except WorkflowAlreadyStartedError:
            return await self._bound(message.key) or finding
        return finding

    async def _bound(self, message_key: str) -> Finding | None:
        """Read what was bound to a message; None if nothing was."""
        try:
            async with engine_call():
                handle = self._client.get_workflow_handle(identifiers.reply_workflow_id(message_key))
                description = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        first: Finding = await description.memo_value(identifiers.MEMO_FINDING, type_hint=Finding)
        return first

    async def _signal(self, message: OwnersMessage, finding: Finding) -> bool:
        """Signal the verdict, by the message's key; False if the candidate's life is over."""
        quoted = message.quoted_id if message.is_tap else None
        reply = Reply.of(OwnersReply(message.key, str(finding.sender), finding.verdict, message.received_at, quoted))
        candidate_id = finding.candidate_id or ""
        if not await self._signals.send(candidate_id, SignalName.REPLY, reply, message.key):
            return False
        log.info(
            "reply_signalled",
            candidate_id=candidate_id,
            brand_id=finding.brand_id,
            workflow_id=identifiers.approval_workflow_id(candidate_id),
            channel=message.channel,
        )
        return True

    def _refusal(
        self, message: OwnersMessage, sender: Approver, record: CandidateRecord, verdict: Verdict
    ) -> tuple[str, Telling] | None:
        """Say why a verdict certainly cannot count, and what that tells of the candidate; None if it may.

        Whether one came in time, the run says where the clocks do not.
        """
        candidate = record.candidate
        if record.decision or self._clock.is_past(candidate.deadline, message.received_at):
            return texts.too_late(candidate.id, record.decision, candidate.deadline, sender), Telling.END
        if record.is_cancelled or not record.is_running:
            return texts.closed(candidate.id), Telling.END
        return (texts.too_long(candidate.id, verdict), Telling.ANSWER) if verdict.excess else None


def _ticks() -> float:
    return asyncio.get_running_loop().time()
