"""Asking one approver: each part in its slot, once, unless nothing shows that it arrived; then once more."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain import identifiers
    from domain.approval import Approval, Chat
    from domain.candidate import Channel
    from domain.chats import Subject, Telling
    from domain.deliveries import PromptResult, SendResult
    from domain.identifiers import TEMPLATE, PromptAttempt
    from domain.prompt_parts import PromptPart, prompt, stand_in
    from domain.slots import Lane, SlotQuestion
    from domain.wording import clock
    from workflows import metrics
    from workflows.publishing import Publishing
    from workflows.sending import hold_slot, leave_queue, send

_LONGEST_WAIT_FOR_PROOF = timedelta(seconds=60)


class Prompting:
    """The prompt of one approver, `number` in the candidate's list."""

    def __init__(self, number: int, chat: Chat, approval: Approval, publishing: Publishing) -> None:
        self._number = number
        self._chat = chat
        self._approval = approval
        self._candidate = approval.candidate
        self._publishing = publishing
        self._result = PromptResult.WITHHELD
        self._last_part = ""

    async def live(self) -> None:
        """Ask; then stay, until the decision, for WhatsApp's word that it delivers the template alone."""
        try:
            await self._ask()
        finally:
            metrics.prompt_ended(self._chat.approver.channel, self._prompt_result)
        await workflow.wait_condition(lambda: self._is_decided or self._chat.deliveries.needs_template)
        if not self._is_decided:
            await self._send_surely(stand_in(self._candidate), stand_in(self._candidate, repeated=True))
            if not self._chat.deliveries.may_have(TEMPLATE):
                self._chat.deliveries.give_up_template()

    async def _ask(self) -> None:
        channel = self._chat.approver.channel
        parts, repetitions = prompt(self._candidate, channel), prompt(self._candidate, channel, repeated=True)
        for part, repetition in zip(parts, repetitions, strict=True):
            if not self._is_wanted(part):
                self._note_unsent(PromptResult.WITHHELD)
                return
            await self._send_surely(part, repetition)
            if not self._chat.deliveries.may_have(part.name):
                return
        self._publishing.note_chat(self._chat, f"asked {clock(workflow.now())}")

    async def _send_surely(self, part: PromptPart, repetition: PromptPart) -> None:
        """Send a part; where nothing shows that it arrived, repeat it once."""
        await self._send(part, repeated=False)
        if self._is_in_doubt(part):
            await self._wait_for_proof(part)
        if self._is_in_doubt(part):
            await self._send(repetition, repeated=True)

    async def _wait_for_proof(self, part: PromptPart) -> None:
        """Wait for Twilio's report or the owner's reply; the sidecar reports nothing, so that it takes a reply."""
        remaining = max(self._candidate.deadline - workflow.now(), timedelta(0))
        is_reported = self._chat.approver.channel is Channel.WHATSAPP
        wait = min(remaining / 2, _LONGEST_WAIT_FOR_PROOF) if is_reported else remaining / 2
        repeated_at = clock(workflow.now() + wait)
        doubt = f"part {part.name} may not have arrived; repeated {repeated_at}, unless proof or a decision comes first"
        self._publishing.note_chat(self._chat, doubt)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: not self._is_in_doubt(part),
                timeout=wait,
                timeout_summary=f"{self._chat.label}: before part {part.name} is repeated",
            )

    async def _send(self, part: PromptPart, *, repeated: bool) -> None:
        """Wait for the slot and send; neither begins once the part is no longer wanted."""
        attempt = PromptAttempt(self._number, part.name, repeated)
        activity_id = identifiers.prompt_activity_id(self._chat.approver.channel, attempt)
        slot = self._slot(part, activity_id)
        if not await self._hold_slot(part, slot):
            return
        self._approval.part_scheduled(self._chat, attempt, workflow.now())
        self._publishing.note_chat(self._chat, f"sending part {part.name}; the pending activity has its attempts")
        path = identifiers.status_path(self._candidate.id, attempt)
        try:
            subject = Subject(self._candidate.id, Telling.WHOLE if part.completes else Telling.PART)
            message = Message(part.text, slot, part.template, path, subject)
            summary = f"part {part.name} of the prompt{', repeated' if repeated else ''}"
            result, sent, reason = await send(message, activity_id=activity_id, summary=summary)
        finally:
            self._chat.busy = False
        self._approval.part_ended(self._chat, attempt, result, sent.id if sent else None, workflow.now())
        if result in {SendResult.SENT, SendResult.UNKNOWN}:
            self._publishing.deliveries()
        self._publishing.part_ended(self._chat, part.name, result, reason)
        self._result, self._last_part = self._prompt_result_of(result), part.name
        if result is SendResult.WITHHELD:
            await leave_queue(slot)

    def _slot(self, part: PromptPart, activity_id: str) -> SlotQuestion:
        """Ask, for the first part, in the brand's turn; for the whole prompt, while its owner has time to decide."""
        lane = Lane.BRAND if part.name == "1" else Lane.CHAT
        is_whole = part.name in {"1", TEMPLATE}
        latest_start = self._candidate.latest_prompt_at if is_whole else self._candidate.deadline
        return SlotQuestion.of(self._candidate, self._chat.approver, lane, activity_id, latest_start)

    async def _hold_slot(self, part: PromptPart, slot: SlotQuestion) -> bool:
        self._publishing.note_chat(self._chat, "waiting for a slot")
        try:
            granted = await hold_slot(slot, self._candidate.rules)
        except (asyncio.CancelledError, ActivityError) as error:
            if not is_cancelled_exception(error):
                raise
            granted = False
        if not self._is_wanted(part):
            self._note_unsent(PromptResult.WITHHELD)
            if self._is_decided:
                self._publishing.note_chat(self._chat, f"part {part.name} not sent: already decided")
            await leave_queue(slot)
            return False
        if not granted:
            self._note_unsent(PromptResult.TOO_LATE)
            self._publishing.note_chat(self._chat, f"part {part.name} not sent: no slot is left in time")
        return granted

    def _note_unsent(self, result: PromptResult) -> None:
        """Note why nothing more was sent; what may be out already stays unknown."""
        if self._prompt_result is not PromptResult.UNKNOWN:
            self._result = result

    def _prompt_result_of(self, result: SendResult) -> PromptResult:
        if result is SendResult.WITHHELD:
            return PromptResult.WITHHELD if self._is_decided else PromptResult.TOO_LATE
        return PromptResult[result.name]

    @property
    def _prompt_result(self) -> PromptResult:
        """What is known by now of the last attempt: a send without a clear outcome may have been proven since."""
        if self._result is PromptResult.UNKNOWN and self._chat.deliveries.is_proven(self._last_part):
            return PromptResult.SENT
        return self._result

    @property
    def _is_decided(self) -> bool:
        return self._approval.decision is not None

    def _is_wanted(self, part: PromptPart) -> bool:
        return not self._is_decided and self._chat.deliveries.wants(part.name)

    def _is_in_doubt(self, part: PromptPart) -> bool:
        return not self._is_decided and self._chat.deliveries.is_in_doubt(part.name)
