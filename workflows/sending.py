"""Waits for slots and sends messages in them: prompts, receipts and answers alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

with workflow.unsafe.imports_passed_through():
    from activities.messages import OUTCOME_UNKNOWN, REFUSED, Message, MessageActivities
    from activities.slots import SlotActivities
    from domain.sending.content_kinds import ContentKind
    from domain.sending.message_search import FoundMessage, MessageSearch
    from domain.sending.sends import SendEnd, SendResult
    from domain.sending.slots import SlotAnswer, SlotQuestion, SlotStatus
    from domain.writing.wording import clock
    from workflows import metrics

_SEND_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    # A worker that was lost during a send may have sent the message. The workflow decides whether
    # to repeat it.
    non_retryable_error_types=["TemporalTimeout:StartToClose"],
)
_LOOK_TIMEOUT = timedelta(minutes=1)
"""Covers several pages of a list; each page can take as long as a send."""

_LOOK_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=15))
_SLOT_TIMEOUT = timedelta(seconds=5)
_SLOT_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))
_REDIS_AWAY = (
    "waiting for Redis, which grants slots and does not answer; the pending activity ask_for_slot has its attempts"
)
_ONCE = RetryPolicy(maximum_attempts=1)


async def hold_slot(question: SlotQuestion, note: Callable[[str], None], rules: int = 0) -> bool:
    """Waits for a slot; returns False if none is available in time.

    Each wait is a durable timer whose summary tells operators what it waits for. Since rules 1,
    "not in time" is asked again while time is left: other messages may leave the queue, and limits,
    clocks and Redis change.
    """
    first_asked = workflow.now()
    label = question.approver.channel.label
    while (answer := await _ask(replace(question, asked_at=workflow.now()), note)).status is not SlotStatus.GO:
        if answer.status is SlotStatus.WAIT:
            metrics.slot_waited_for(question)
            note(f"waiting for a slot, {answer.ahead} ahead; asked for again {clock(workflow.now() + answer.wait)}")
            await workflow.sleep(answer.wait, summary=f"{label}: waiting for a slot, {answer.ahead} ahead")
            continue
        wait = question.asked_again_after(workflow.now()) if rules >= 1 else None
        if wait is None:
            return False
        note(f"waiting for a slot, none in time yet; asked for again {clock(workflow.now() + wait)}")
        await workflow.sleep(wait, summary=f"{label}: no slot in time yet")
    note("due")
    metrics.slot_granted(question, workflow.now() - first_asked)
    return True


async def until_cancelled(holding: Awaitable[bool]) -> bool | None:
    """Returns whether a slot was granted, or None if the wait was cancelled.

    The cancellation does not propagate.
    """
    try:
        return await holding
    except (asyncio.CancelledError, ActivityError) as error:
        if not is_cancelled_exception(error):
            raise
        return None


async def leave_queue(question: SlotQuestion) -> None:
    """Leaves the queue to make room for others. If Redis is away, the place expires by itself."""
    try:
        await workflow.execute_local_activity_method(
            SlotActivities.leave_queue, question, start_to_close_timeout=_SLOT_TIMEOUT, retry_policy=_ONCE
        )
    except (ActivityError, ApplicationError):
        workflow.logger.warning("leave_queue_failed")


async def send(message: Message, *, activity_id: str, summary: str, within: timedelta | None = None) -> SendEnd:
    """Sends in a slot that is held. Cancelling stops retries, and waits for a send under way."""
    channel = message.slot.approver.channel
    try:
        sent = await workflow.execute_activity_method(
            MessageActivities.send_message,
            message,
            activity_id=activity_id,
            start_to_close_timeout=channel.traits.send_timeout,
            schedule_to_close_timeout=within,
            retry_policy=_SEND_RETRIES,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=f"{channel.label}: {summary}",
        )
    except ActivityError as error:
        return _end_of(error)
    is_cut, has_buttons = _is_cut(sent.content), sent.content is not None
    return SendEnd(SendResult.SENT, sent.id, sent.accepted_at, is_cut=is_cut, has_buttons=has_buttons)


async def look_for(search: MessageSearch, *, summary: str, within: timedelta) -> list[FoundMessage] | None:
    """Asks the provider for messages, and retries until it answers.

    Returns None if it never does.
    """
    try:
        return await workflow.execute_activity_method(
            MessageActivities.find_messages,
            search,
            start_to_close_timeout=_LOOK_TIMEOUT,
            schedule_to_close_timeout=within,
            retry_policy=_LOOK_RETRIES,
            summary=f"{search.approver.channel.label}: {summary}",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return None


async def _ask(question: SlotQuestion, note: Callable[[str], None]) -> SlotAnswer:
    """Asks for a slot by a local activity; if Redis fails, by one that operators see as pending."""
    try:
        return await workflow.execute_local_activity_method(
            SlotActivities.ask_for_slot,
            question,
            start_to_close_timeout=_SLOT_TIMEOUT,
            retry_policy=_ONCE,
            summary=f"{question.approver.channel.label}: asking for a slot",
        )
    except (ActivityError, ApplicationError) as error:
        if is_cancelled_exception(error):
            raise
    note(_REDIS_AWAY)
    return await workflow.execute_activity_method(
        SlotActivities.ask_for_slot,
        question,
        start_to_close_timeout=_SLOT_TIMEOUT,
        retry_policy=_SLOT_RETRIES,
        summary=f"{question.approver.channel.label}: asking Redis for a slot",
    )


def _end_of(error: ActivityError) -> SendEnd:
    cause, reason = error.cause, reason_of(error)
    if isinstance(cause, TemporalTimeoutError):
        return SendEnd(SendResult.UNKNOWN, reason=reason, is_lost=True)
    if isinstance(cause, ApplicationError) and cause.type == OUTCOME_UNKNOWN:
        is_cut = _is_cut(cause.details[0]) if cause.details else None
        return SendEnd(SendResult.UNKNOWN, reason=reason, is_cut=is_cut)
    if isinstance(cause, ApplicationError) and cause.type == REFUSED:
        return SendEnd(SendResult.REFUSED, reason=reason, error_code=next(iter(cause.details), None))
    return SendEnd(SendResult.WITHHELD, reason=reason)


def _is_cut(content: str | None) -> bool:
    return content == ContentKind.CUT


def reason_of(error: ActivityError) -> str:
    """Returns why an activity failed, for operators."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.message
    return "no success in time" if isinstance(cause, TemporalTimeoutError) else "no longer wanted"
