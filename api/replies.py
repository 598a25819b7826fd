"""What an owner sent: the candidate it is about is found, it is signalled there, and it is answered.

A reply that names its candidate needs no more than that candidate's description. Whatever a search found, and every
answer that no candidate gives, is bound to the message once, so that a redelivery finds the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.approvers import Approvers
from api.candidates import CandidateRecord, Candidates
from api.engine import WEBHOOK_BUDGET, engine_call
from api.engine_clock import EngineClock
from api.histories import Histories
from api.open_prompts import OpenPrompts
from api.signalling import Signals
from domain import identifiers, texts
from domain.approval import OwnersReply
from domain.candidate import Approver, Channel
from domain.decision import Verdict
from domain.errors import UnknownCandidateError
from domain.obstacles import Obstacle
from domain.replies import is_same_id, parse
from workflows.approval import ApprovalWorkflow
from workflows.reply import BoundReply, ReplyWorkflow
from workflows.signals import Reply

log = structlog.get_logger()


@dataclass(frozen=True)
class OwnersMessage:
    """A message as it came in; `senders` are the addresses that the provider gives for the one person who wrote.

    `obstacle` is why it may not decide, where its owner needs to know.
    """

    key: str
    senders: tuple[Approver, ...]
    text: str
    quoted_id: str | None
    may_decide: bool
    received_at: datetime
    obstacle: Obstacle | None = None

    @property
    def channel(self) -> Channel:
        return self.senders[0].channel


@dataclass(frozen=True)
class Finding:
    """What a message comes to: a verdict on a candidate, or an answer without effect; the same for a redelivery."""

    sender: Approver
    answer: str
    candidate_id: str | None = None
    verdict: Verdict | None = None
    by_search: bool = False
    brand_id: str | None = None


class Replies:
    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators, wired in one place
        self,
        client: Client,
        candidates: Candidates,
        prompts: OpenPrompts,
        histories: Histories,
        signals: Signals,
        approvers: Approvers,
        clock: EngineClock,
    ) -> None:
        self._client = client
        self._candidates = candidates
        self._prompts = prompts
        self._histories = histories
        self._signals = signals
        self._approvers = approvers
        self._clock = clock

    async def take(self, message: OwnersMessage) -> str | None:
        """Give the words for the owner, or None for somebody who was never asked anything.

        On iMessage the words are sent by a workflow besides. Raises EngineUnavailableError; then the same message may
        be delivered again.
        """
        async with engine_call(WEBHOOK_BUDGET):
            return await self._take(message)

    async def _take(self, message: OwnersMessage) -> str | None:
        finding = await self._find(message)
        if finding is None:
            return None
        if finding.by_search or finding.verdict is None:
            finding = await self._bind(message, finding)
        if finding.verdict is None or await self._signal(message, finding):
            return finding.answer
        return (await self._answer_late(message, finding, finding.verdict)).answer

    async def _answer_late(self, message: OwnersMessage, finding: Finding, verdict: Verdict) -> Finding:
        """Answer what came to a life that ended in between; beside what is bound to the message already."""
        late = await self._verdict_on(message, finding.candidate_id or "", verdict)
        if late is None or late.verdict:
            return finding
        return await self._bind(replace(message, key=f"{message.key}/late") if finding.by_search else message, late)

    async def _find(self, message: OwnersMessage) -> Finding | None:
        command = parse(message.text) if message.may_decide else None
        if command is None:
            return await self._help(message)
        if command.candidate_id is None:
            return await self._find_unnamed(message, command.verdict)
        named = await self._verdict_on(message, command.candidate_id, command.verdict)
        return named or await self._find_misspelt(message, command.candidate_id, command.verdict)

    async def _find_unnamed(self, message: OwnersMessage, verdict: Verdict) -> Finding | None:
        """Take the quoted prompt's candidate, or the only open one; a quotation that is no prompt names nothing."""
        if message.quoted_id:
            found = await self._prompts.by_prompt_id(message.senders, message.quoted_id)
            if found is None:
                return await self._help(message)
            return await self._verdict_on(message, found, verdict, by_search=True)
        open_ids = await self._prompts.of(message.senders)
        if len(open_ids) == 1:
            return await self._verdict_on(message, open_ids[0], verdict, by_search=True)
        if open_ids:
            return Finding(message.senders[0], texts.which_one(open_ids))
        return await self._help(message, open_ids)

    async def _find_misspelt(self, message: OwnersMessage, written: str, verdict: Verdict) -> Finding | None:
        open_ids = await self._prompts.of(message.senders)
        meant = [open_id for open_id in open_ids if is_same_id(written, open_id)]
        if len(meant) == 1:
            return await self._verdict_on(message, meant[0], verdict, by_search=True)
        return await self._help(message, open_ids)

    async def _verdict_on(
        self, message: OwnersMessage, candidate_id: str, verdict: Verdict, *, by_search: bool = False
    ) -> Finding | None:
        """Weigh a verdict on one candidate; None if it is unknown, or none of the sender's.

        A message that was signalled when it came first is understood once more, whatever has become of the candidate.
        """
        try:
            record = await self._candidates.read(candidate_id)
        except UnknownCandidateError:
            return None
        sender = next((sender for sender in message.senders if sender in record.candidate.approvers), None)
        if sender is None:
            return None
        refusal = self._refusal(message, sender, record, verdict)
        if refusal and not await self._histories.has_received(candidate_id, message.key):
            return Finding(sender, refusal, candidate_id)
        words, brand_id = texts.understood(candidate_id, verdict), record.candidate.brand_id
        return Finding(sender, words, candidate_id, verdict, by_search=by_search, brand_id=brand_id)

    async def _help(self, message: OwnersMessage, open_ids: Sequence[str] | None = None) -> Finding | None:
        """Help an owner; whoever was never asked anything learns nothing."""
        if open_ids is None:
            open_ids = await self._prompts.of(message.senders)
        if open_ids or self._approvers.include(message.senders) or await self._prompts.is_known(message.senders):
            obstacle = message.obstacle
            words = texts.undecided(obstacle, open_ids) if obstacle else texts.help_text(open_ids)
            return Finding(message.senders[0], words)
        return None

    async def _bind(self, message: OwnersMessage, finding: Finding) -> Finding:
        """Bind the finding to the message, durably; gives what was bound first."""
        workflow_id = identifiers.reply_workflow_id(message.key)
        sends_itself = message.channel is not Channel.WHATSAPP and finding.verdict is None
        bound = BoundReply(message.key, finding.sender, finding.answer if sends_itself else None)
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
            async with engine_call():
                description = await self._client.get_workflow_handle(workflow_id).describe()
            first: Finding = await description.memo_value(identifiers.MEMO_FINDING, type_hint=Finding)
            return first
        return finding

    async def _signal(self, message: OwnersMessage, finding: Finding) -> bool:
        """Signal the verdict, by the message's key; False if the candidate's life is over."""
        reply = Reply.of(OwnersReply(message.key, str(finding.sender), finding.verdict, message.received_at))
        candidate_id = finding.candidate_id or ""
        if not await self._signals.send(candidate_id, str(ApprovalWorkflow.reply.__name__), reply, message.key):
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
    ) -> str | None:
        """Say why a verdict certainly cannot count; whether one came in time, the run says where the clocks do not."""
        candidate = record.candidate
        if record.decision or self._clock.is_past(candidate.deadline, message.received_at):
            return texts.too_late(candidate.id, record.decision, candidate.deadline, sender)
        if not record.is_running:
            return texts.closed(candidate.id)
        return texts.too_long(candidate.id, verdict) if verdict.excess else None
