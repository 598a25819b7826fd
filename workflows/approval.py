"""The life of a candidate, from its acceptance to the last receipt."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.decisions import DecisionActivities, DecisionDelivery
    from activities.messages import Message
    from domain.approval import Approval
    from domain.approver_chat import Chat
    from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
    from domain.conversation.owed_messages import Answer, Receipt
    from domain.conversation.subjects import Subject, Telling
    from domain.core_withdrawal import CoreWithdrawal
    from domain.decision import (
        CORE_WITHDRAWN,
        OPERATOR_CANCELLED,
        OPERATOR_PREFIX,
        SYSTEM_TIMEOUT,
        SYSTEM_UNDELIVERABLE,
        CallbackState,
        Decision,
    )
    from domain.sending.sends import SendEnd, SendResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.temporal_names import SignalName, WorkflowType
    from domain.writing.fitting import fitted, fitted_messages
    from domain.writing.owed import owed_text
    from domain.writing.wording import clock
    from workflows import signals
    from workflows.handing_over import hand_over
    from workflows.prompting import Prompting
    from workflows.replacing import Replacing
    from workflows.run_view import RunView
    from workflows.sending import hold_slot, reason_of, send
    from workflows.signals import AskAgain, AttemptStatus, OperatorDecision, OptOut, Reply, Show, Withdrawal

_DELIVERY_TIMEOUT = timedelta(seconds=30)
_DELIVERY_PERIOD = timedelta(hours=24)
_DELIVERY_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=10))
_RECEIPT_PERIOD = timedelta(hours=1)
_DECIDE = (
    'Decide on the owners\' behalf: {"operator": "your name", "decision": "approved"}; '
    'or "rejected"; or "edited" with "final_text"'
)
_TOO_LATE = "is too late: the candidate is decided"


@workflow.defn(name=WorkflowType.APPROVAL)
class ApprovalWorkflow:
    """Asks a candidate's approvers, decides once, delivers the decision, and notifies every chat.

    Only chats that were asked are notified.
    """

    @workflow.init
    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate.started_at(workflow.info().workflow_start_time)
        self._approval = Approval(self._candidate)
        self._view = RunView(self._approval)
        self._replacing = Replacing(self._approval, self._view)
        self._callback = CallbackState.PENDING
        self._retry_requested = False
        self._prompting_ended = False
        self._messages_sent = 0

    @workflow.run
    async def run(self, candidate: Candidate) -> Decision:  # noqa: ARG002  # Temporal passes it to __init__ too
        """Runs the candidate's whole life.

        Cancelling the run expires the candidate, and its life goes on as after any other decision.
        """
        life = asyncio.create_task(self._live())
        try:
            return await asyncio.shield(life)
        except asyncio.CancelledError:
            self._approval.expire(OPERATOR_CANCELLED, workflow.now())
            return await life

    async def _live(self) -> Decision:
        self._view.note("Deadline", clock(self._candidate.deadline))
        prompting = [
            asyncio.create_task(self._ask(Prompting(number, chat, self._approval, self._view)))
            for number, chat in enumerate(self._approval.chats, start=1)
        ]
        telling = [asyncio.create_task(self._tell(chat)) for chat in self._approval.chats]
        replacing = asyncio.create_task(self._replacing.live(lambda: self._prompting_ended))
        decision = await self._decision([*prompting, *telling, replacing])
        self._view.decision(decision, self._callback)
        await asyncio.gather(self._deliver(decision), self._end_prompting(prompting), *telling, replacing)
        return decision

    async def _ask(self, prompting: Prompting) -> None:
        """Asks one approver, after this candidate has taken the place of the one it replaces."""
        await self._replacing.until_taken()
        await prompting.live()

    async def _decision(self, tasks: list[asyncio.Task[None]]) -> Decision:
        """Waits for a verdict, an operator, the deadline, or the failure of every channel."""
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

    async def _end_prompting(self, prompting: list[asyncio.Task[None]]) -> None:
        """Stops prompts that have not begun, and waits for the others; raises unexpected errors."""
        for task in prompting:
            task.cancel()
        for task in prompting:
            with suppress(asyncio.CancelledError):
                await task
        self._prompting_ended = True

    async def _deliver(self, decision: Decision) -> None:
        """Delivers the decision to core; parks a refused one until an operator retries it."""
        candidate = self._candidate
        while self._callback is not CallbackState.DELIVERED:
            try:
                await workflow.execute_activity_method(
                    DecisionActivities.deliver_decision,
                    DecisionDelivery(candidate.id, decision, candidate.brand_id, candidate.source_ref),
                    start_to_close_timeout=_DELIVERY_TIMEOUT,
                    schedule_to_close_timeout=_DELIVERY_PERIOD,
                    retry_policy=_DELIVERY_RETRIES,
                    summary=f"{decision.outcome} to core",
                )
                self._set_callback(CallbackState.DELIVERED, f"delivered {clock(workflow.now())}")
            except ActivityError as error:
                parked = f"parked {clock(workflow.now())}: {reason_of(error)}; signal retry_callback to retry"
                self._set_callback(CallbackState.PARKED, parked)
                await workflow.wait_condition(lambda: self._retry_requested)
                self._retry_requested = False
                self._set_callback(CallbackState.PENDING, f"retried by an operator {clock(workflow.now())}")

    async def _tell(self, chat: Chat) -> None:
        """Sends a chat its answers and its receipt.

        Ends once core has the decision and no chat is owed anything.
        """
        approval = self._approval
        while True:
            await workflow.wait_condition(lambda: approval.to_tell(chat) is not None or self._is_over)
            if approval.to_tell(chat) is None:
                return
            owed = approval.begin_telling(chat)
            if self._candidate.rules >= RULES_OF_WHOLE_PROMPTS and isinstance(owed, Receipt):
                await hand_over(owed, chat, approval, self._view)
                approval.end_telling(chat)
                continue
            subject = Subject(self._candidate.id, Telling.END if owed.tells_end else Telling.ANSWER)
            *first, last = self._messages(owed, chat)
            for text in first:
                await self._say(text, None, chat)
            await self._say(last, subject, chat)
            approval.end_telling(chat)

    def _messages(self, owed: Answer | Receipt, chat: Chat) -> list[str]:
        """Returns the messages that a chat is owed; runs under older rules always return one."""
        candidate, channel = self._candidate, chat.approver.channel
        decision, is_whole = self._approval.decision, self._approval.was_shown_whole(chat)
        text = owed_text(owed, candidate, decision, chat.approver, workflow.now(), is_whole=is_whole)
        is_split = candidate.rules >= RULES_OF_WHOLE_PROMPTS
        return fitted_messages(text, channel) if is_split else [fitted(text, channel)]

    async def _say(self, text: str, subject: Subject | None, chat: Chat) -> None:
        self._messages_sent += 1
        activity_id = f"message/{chat.approver.channel}/{self._messages_sent}"
        latest_start = workflow.now() + _RECEIPT_PERIOD
        slot = SlotQuestion.of(self._candidate, chat.approver, Lane.CHAT, activity_id, latest_start)
        kind = "receipt" if self._approval.decision else "answer"
        end = SendEnd(SendResult.WITHHELD, reason="no slot is left in time")
        note = partial(self._view.note_message, chat, kind)
        note("due")
        if await hold_slot(slot, note, self._candidate.rules):
            message = Message(text, slot, subject=subject)
            end = await send(message, activity_id=activity_id, summary=kind, within=_RECEIPT_PERIOD)
        note(end.result + (end.reason and f": {end.reason}"))

    @property
    def _is_over(self) -> bool:
        has_ended = self._prompting_ended and self._replacing.has_ended
        return self._callback is CallbackState.DELIVERED and has_ended and self._approval.settled

    def _set_callback(self, state: CallbackState, note: str) -> None:
        self._callback = state
        self._view.callback(state, note, ends_run=self._is_over)

    @workflow.signal(name=SignalName.REPLY, description="An owner's reply; the edge sends it")
    def reply(self, *given: object) -> None:
        reply = signals.read(Reply, given)
        if reply is None:
            self._view.note("Ignored", "reply needs what the edge sends: one object of texts")
            return
        self._approval.take(reply.read(workflow.now()), workflow.now())
        if self._candidate.rules > 0 and not self._approval.decision:
            self._view.prompts()  # a reply may be the proof that a prompt arrived

    @workflow.signal(name=SignalName.SHOW, description="An owner asks for the whole prompt; the edge sends it")
    def show(self, *given: object) -> None:
        wish, now = signals.read(Show, given), workflow.now()
        if wish and (chat := self._approval.show(wish.key(now), wish.sender or "", now)):
            self._view.note_message(chat, "whole prompt", f"wanted {clock(now)}")
            if not self._approval.decision:
                self._view.prompts()  # it may be the proof that a prompt arrived

    @workflow.signal(
        name=SignalName.DELIVERY,
        description="Twilio's status report on a prompt's message; the edge sends it",
    )
    def status_report(self, *given: object) -> None:
        status = signals.read(AttemptStatus, given)
        if read := status and status.read():
            attempt, report = read
            if chat := self._approval.part_reported(attempt, report):
                self._view.prompts()
                self._view.part_reported(chat, attempt, report)
        else:
            self._view.note("Ignored", "delivery needs an attempt, a message id and a status")

    @workflow.signal(name=SignalName.OPT_OUT, description="An owner wrote STOP in a chat; the edge sends it")
    def opt_out(self, *given: object) -> None:
        wish = signals.read(OptOut, given)
        if wish and (chat := self._approval.opt_out(wish.sender or "")):
            self._view.note_chat(chat, f"opted out by STOP {clock(workflow.now())}")
            self._view.prompts()

    @workflow.signal(name=SignalName.DECIDE, description=_DECIDE)
    def decide(self, *given: object) -> None:
        wish = signals.read(OperatorDecision, given)
        read = wish.read() if wish else None
        if read is None:
            lack = wish.lack if wish else "needs one object with an operator and a decision"
            self._view.ignored(SignalName.DECIDE, lack)
        elif self._approval.decision:
            self._view.ignored(SignalName.DECIDE, _TOO_LATE)
        elif self._approval.may_take(read[0]):
            self._approval.decide(*read, workflow.now())
        else:
            lack = f"must wait: {self._candidate.replaces}, which this replaces, is still open"
            self._view.ignored(SignalName.DECIDE, lack)

    @workflow.signal(name=SignalName.WITHDRAW, description='Expire the candidate: {"operator": "your name"}')
    def withdraw(self, *given: object) -> None:
        wish, cores = signals.read(Withdrawal, given), signals.read(CoreWithdrawal, given)
        if wish and wish.operator and self._approval.decision:
            self._view.ignored(SignalName.WITHDRAW, _TOO_LATE)
        elif wish and wish.operator:
            self._approval.expire(OPERATOR_PREFIX + wish.operator, workflow.now())
        elif cores and cores.is_complete and cores.replaced_by:
            self._approval.give_way(cores.replaced_by, cores.successors_approvers, workflow.now())
        elif cores and cores.is_complete:
            self._approval.expire(CORE_WITHDRAWN, workflow.now())
        else:
            self._view.ignored(SignalName.WITHDRAW, "needs an operator")

    @workflow.signal(
        name=SignalName.ASK_AGAIN,
        description='Ask again: {"operator": "your name", "chat": "whatsapp"}; without "chat" on every channel',
    )
    def ask_again(self, *given: object) -> None:
        wish = signals.read(AskAgain, given)
        if self._approval.decision:
            self._view.ignored(SignalName.ASK_AGAIN, "needs an undecided candidate")
        elif wish and wish.operator and (chats := self._approval.ask_again(wish.chat or None)):
            asked = ", ".join(chat.label for chat in chats)
            self._view.note("Asked again", f"{asked}, by {wish.operator} {clock(workflow.now())}")
        else:
            self._view.ignored(SignalName.ASK_AGAIN, "needs an operator, and a chat of this candidate that was asked")

    @workflow.signal(name=SignalName.RETRY_CALLBACK, description="Deliver a parked decision again; takes no input")
    def retry_callback(self, *_: object) -> None:
        if self._callback is CallbackState.PARKED:
            self._retry_requested = True
        else:
            self._view.ignored(SignalName.RETRY_CALLBACK, "needs a parked callback")


def _crashed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
