"""The life of a candidate, from acceptance to the last receipt."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities, DecisionReport
    from activities.messages import SentMessage
    from domain import identifiers
    from domain.approval import Approval, Chat
    from domain.candidate import Candidate
    from domain.decision import (
        OPERATOR_CANCELLED,
        OPERATOR_PREFIX,
        SYSTEM_TIMEOUT,
        SYSTEM_UNDELIVERABLE,
        CallbackState,
        Decision,
    )
    from domain.prompt_parts import prompt_parts
    from domain.slots import Lane, SlotQuestion
    from domain.wording import clock
    from workflows import search_attributes
    from workflows.current_details import CurrentDetails
    from workflows.sending import SendResult, hold_slot, leave_queue, send
    from workflows.signals import OperatorDecision, Reply, Withdrawal

_DELIVERY_TIMEOUT = timedelta(seconds=30)
_DELIVERY_PERIOD = timedelta(hours=24)
_DELIVERY_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))
_RECEIPT_PERIOD = timedelta(hours=1)


@workflow.defn
class ApprovalWorkflow:
    """Asks the approvers of one candidate, decides once, reports to core, and tells every chat that was asked."""

    @workflow.init
    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._approval = Approval(candidate)
        self._details = CurrentDetails()
        self._callback = CallbackState.PENDING
        self._retry_requested = False
        self._prompting_ended = False
        self._messages_sent = 0

    @workflow.run
    async def run(self, candidate: Candidate) -> Decision:  # noqa: ARG002  # Temporal gives it to __init__ too
        """Live through it all, also when the run is cancelled: that is a decision like any other."""
        life = asyncio.create_task(self._live())
        try:
            return await asyncio.shield(life)
        except asyncio.CancelledError:
            self._approval.expire(OPERATOR_CANCELLED, workflow.now())
            return await life

    async def _live(self) -> Decision:
        self._details.note("Deadline", clock(self._candidate.deadline))
        prompting = [
            asyncio.create_task(self._prompt(number, chat)) for number, chat in enumerate(self._approval.chats, start=1)
        ]
        telling = [asyncio.create_task(self._tell(chat)) for chat in self._approval.chats]
        decision = await self._decision([*prompting, *telling])
        self._publish_decision(decision)
        await asyncio.gather(self._deliver(decision), self._end_prompting(prompting), *telling)
        return decision

    async def _decision(self, tasks: list[asyncio.Task[None]]) -> Decision:
        """Wait for the first of: a verdict, an operator, the deadline, every channel failed for good."""
        approval = self._approval
        remaining = self._candidate.deadline - workflow.now()

        def something_happened() -> bool:
            return bool(approval.decision) or approval.undeliverable or any(map(_crashed, tasks))

        if not something_happened() and remaining > timedelta(0):
            with suppress(TimeoutError):
                await workflow.wait_condition(something_happened, timeout=remaining, timeout_summary="deadline")
        for task in filter(_crashed, tasks):
            task.result()
        approval.expire(SYSTEM_UNDELIVERABLE if approval.undeliverable else SYSTEM_TIMEOUT, workflow.now())
        assert approval.decision is not None
        return approval.decision

    async def _prompt(self, number: int, chat: Chat) -> None:
        """Ask one approver, part by part. A part whose outcome is unknown is repeated once, at half of what remains."""
        label = chat.approver.channel.label
        parts = prompt_parts(self._candidate, chat.approver.channel)
        repetitions = prompt_parts(self._candidate, chat.approver.channel, repeated=True)
        for part, text in enumerate(parts, start=1):
            result = await self._send_part(number, chat, part, text, repeated=False)
            if result is SendResult.UNKNOWN and not self._approval.decision:
                remaining = self._candidate.deadline - workflow.now()
                if remaining <= timedelta(0):
                    return
                self._details.note(label, f"part {part} of {len(parts)} may not have arrived; will be repeated")
                await workflow.sleep(remaining / 2, summary=f"{label}: before part {part} is repeated")
                result = await self._send_part(number, chat, part, repetitions[part - 1], repeated=True)
            if self._approval.decision or result in (SendResult.REFUSED, SendResult.WITHHELD):
                return
        self._details.note(label, f"asked {clock(workflow.now())}")

    async def _send_part(self, number: int, chat: Chat, part: int, text: str, *, repeated: bool) -> SendResult:
        """Wait for the slot and send; once the decision is made, neither begins any more."""
        activity_id = identifiers.prompt_activity_id(number, chat.approver.channel, part, repeated=repeated)
        lane = Lane.BRAND if part == 1 else Lane.CHAT
        latest_start = self._candidate.latest_prompt_at if part == 1 else self._candidate.deadline
        slot = self._slot(chat, lane, activity_id, latest_start)
        if not await self._hold_slot(chat, slot):
            return SendResult.WITHHELD
        self._approval.part_scheduled(chat, workflow.now())
        self._details.note(chat.approver.channel.label, f"sending part {part}")
        try:
            result, sent = await send(text, slot, activity_id=activity_id)
        finally:
            chat.busy = False
        self._note_result(chat, result, sent)
        if result is SendResult.WITHHELD:
            await leave_queue(slot)
        return result

    async def _hold_slot(self, chat: Chat, slot: SlotQuestion) -> bool:
        label = chat.approver.channel.label
        self._details.note(label, "waiting for a slot")
        try:
            granted = await hold_slot(slot)
        except (asyncio.CancelledError, ActivityError) as error:
            if not is_cancelled_exception(error):
                raise
            granted = False
        if self._approval.decision:
            await leave_queue(slot)
            return False
        if not granted:
            self._details.note(label, "not asked: no slot is left in time")
        return granted

    def _note_result(self, chat: Chat, result: SendResult, sent: SentMessage | None) -> None:
        if result in (SendResult.SENT, SendResult.UNKNOWN):
            sent_at = workflow.now() if result is SendResult.SENT else None
            self._approval.part_arrived(chat, sent.id if sent else None, sent_at)
            self._publish_state()
        else:
            self._approval.part_withheld(chat, for_good=result is SendResult.REFUSED)
        self._details.note(chat.approver.channel.label, result.value)
        workflow.logger.info("prompt_part_ended", extra=self._log_fields(chat) | {"result": result.value})

    async def _end_prompting(self, prompting: list[asyncio.Task[None]]) -> None:
        """Stop what has not begun, and wait for the end of what has; what went wrong unexpectedly is raised."""
        for task in prompting:
            task.cancel()
        for task in prompting:
            with suppress(asyncio.CancelledError):
                await task
        self._prompting_ended = True

    async def _deliver(self, decision: Decision) -> None:
        """Report to core; what core will not take is parked until an operator retries it."""
        while self._callback is not CallbackState.DELIVERED:
            try:
                await workflow.execute_activity_method(
                    DecisionActivities.deliver_decision,
                    DecisionReport(self._candidate.id, decision),
                    start_to_close_timeout=_DELIVERY_TIMEOUT,
                    schedule_to_close_timeout=_DELIVERY_PERIOD,
                    retry_policy=_DELIVERY_RETRIES,
                    summary=f"{decision.outcome} to core",
                )
                self._publish_callback(CallbackState.DELIVERED, "delivered")
            except ActivityError as error:
                self._publish_callback(CallbackState.PARKED, f"parked: {error.cause}; signal retry_callback to retry")
                await workflow.wait_condition(lambda: self._retry_requested)
                self._retry_requested = False
                self._publish_callback(CallbackState.PENDING, "retried by an operator")

    async def _tell(self, chat: Chat) -> None:
        """Give a chat its answers and its receipt, until core has the decision and no chat is owed anything."""
        approval = self._approval
        while True:
            await workflow.wait_condition(lambda: approval.owes(chat) or self._is_over)
            if not approval.owes(chat):
                return
            text = approval.settle_with(chat)
            self._messages_sent += 1
            activity_id = f"message/{chat.approver.channel}/{self._messages_sent}"
            slot = self._slot(chat, Lane.CHAT, activity_id, workflow.now() + _RECEIPT_PERIOD)
            if await hold_slot(slot):
                await send(text, slot, activity_id=activity_id, within=_RECEIPT_PERIOD)
            chat.telling = False

    def _slot(self, chat: Chat, lane: Lane, activity_id: str, latest_start: datetime) -> SlotQuestion:
        return SlotQuestion(
            key=f"{self._candidate.id}/{activity_id}",
            lane=lane,
            approver=chat.approver,
            brand_id=self._candidate.brand_id,
            accepted_at=self._candidate.accepted_at,
            latest_start=latest_start,
        )

    @property
    def _is_over(self) -> bool:
        return self._callback is CallbackState.DELIVERED and self._prompting_ended and self._approval.settled

    def _publish_state(self) -> None:
        workflow.upsert_search_attributes(
            [
                search_attributes.APPROVAL_STATE.value_set(self._approval.state),
                search_attributes.PROMPT_IDS.value_set(self._approval.prompt_ids),
            ]
        )

    def _publish_decision(self, decision: Decision) -> None:
        workflow.upsert_search_attributes(
            [
                search_attributes.APPROVAL_STATE.value_set(self._approval.state),
                search_attributes.CALLBACK_STATE.value_set(self._callback),
                search_attributes.DECIDED_AT.value_set(decision.decided_at),
            ]
        )
        workflow.upsert_memo({identifiers.MEMO_DECISION: decision})
        self._details.note("Decision", f"{decision.outcome} {clock(decision.decided_at)}")
        workflow.logger.info("decided", extra=self._log_fields() | {"outcome": decision.outcome.value})

    def _publish_callback(self, state: CallbackState, note: str) -> None:
        self._callback = state
        workflow.upsert_search_attributes([search_attributes.CALLBACK_STATE.value_set(state)])
        self._details.note("Callback", note)
        workflow.logger.info("callback", extra=self._log_fields() | {"callback": state.value})

    def _log_fields(self, chat: Chat | None = None) -> dict[str, str]:
        fields = {"candidate_id": self._candidate.id, "brand_id": self._candidate.brand_id}
        return fields | ({"channel": chat.approver.channel.value} if chat else {})

    @workflow.signal(description="What an owner answered; the edge sends it")
    def reply(self, reply: Reply | None = None) -> None:
        self._approval.take((reply or Reply()).read(workflow.now()), workflow.now())

    @workflow.signal(description="Decide in the owners' stead: operator, decision, and final_text with edited")
    def decide(self, wish: OperatorDecision | None = None) -> None:
        if read := wish and wish.read():
            verdict, decider = read
            self._approval.decide(verdict, decider, workflow.now())
        else:
            self._details.note("Ignored", "decide needs an operator and approved, rejected, or edited with final_text")

    @workflow.signal(description="Expire the candidate: operator")
    def withdraw(self, wish: Withdrawal | None = None) -> None:
        if wish and wish.operator:
            self._approval.expire(OPERATOR_PREFIX + wish.operator, workflow.now())
        else:
            self._details.note("Ignored", "withdraw needs an operator")

    @workflow.signal(description="Deliver a parked decision again")
    def retry_callback(self, _: object = None) -> None:
        if self._callback is CallbackState.PARKED:
            self._retry_requested = True
        else:
            self._details.note("Ignored", "retry_callback is for a parked callback")


def _crashed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
