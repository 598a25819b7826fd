"""A message in its slot: the waiting for it, and the sending, for prompts, receipts and answers alike."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

with workflow.unsafe.imports_passed_through():
    from activities.messages import OUTCOME_UNKNOWN, REFUSED, Message, MessageActivities, SentMessage
    from activities.slots import SlotActivities
    from domain.candidate import Channel
    from domain.deliveries import SendResult
    from domain.slots import SlotAnswer, SlotQuestion, SlotStatus
    from workflows import metrics

SEND_TIMEOUTS = {Channel.WHATSAPP: timedelta(seconds=20), Channel.IMESSAGE: timedelta(seconds=70)}
"""Longer than the providers' adapters wait: a Mac may take a minute for a send."""

_SEND_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    # A worker that was lost in mid-send may have sent: that is for the workflow to weigh, not to repeat.
    non_retryable_error_types=["TemporalTimeout:StartToClose"],
)
_SLOT_TIMEOUT = timedelta(seconds=5)
_SLOT_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))
_ONCE = RetryPolicy(maximum_attempts=1)


async def hold_slot(question: SlotQuestion) -> bool:
    """Wait for the slot; False if it cannot come in time. Each wait is a durable timer."""
    first_asked = workflow.now()
    while (answer := await _ask(question)).status is SlotStatus.WAIT:
        metrics.slot_waited_for(question)
        label = question.approver.channel.label
        await workflow.sleep(answer.wait, summary=f"{label}: waiting for a slot, {answer.ahead} ahead")
    if answer.status is SlotStatus.GO:
        metrics.slot_granted(question, workflow.now() - first_asked)
    return answer.status is SlotStatus.GO


async def leave_queue(question: SlotQuestion) -> None:
    """Make room for others; if Redis does not hear it, the place is lost a little later by itself."""
    try:
        await workflow.execute_local_activity_method(
            SlotActivities.leave_queue, question, start_to_close_timeout=_SLOT_TIMEOUT, retry_policy=_ONCE
        )
    except (ActivityError, ApplicationError):
        workflow.logger.warning("slot_queue_not_left")


async def send(
    message: Message, *, activity_id: str, summary: str, within: timedelta | None = None
) -> tuple[SendResult, SentMessage | None, str]:
    """Send in a slot that is held; give the message if it was sent, and else the reason.

    Cancelling stops further attempts, and waits for the end of one under way.
    """
    try:
        sent = await workflow.execute_activity_method(
            MessageActivities.send_message,
            message,
            activity_id=activity_id,
            start_to_close_timeout=SEND_TIMEOUTS[message.slot.approver.channel],
            schedule_to_close_timeout=within,
            retry_policy=_SEND_RETRIES,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=f"{message.slot.approver.channel.label}: {summary}",
        )
    except ActivityError as error:
        return _result_of(error), None, reason_of(error)
    return SendResult.SENT, sent, ""


async def _ask(question: SlotQuestion) -> SlotAnswer:
    """Ask by a local activity; where Redis does not answer, by one that operators see pending with its error."""
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
    return await workflow.execute_activity_method(
        SlotActivities.ask_for_slot,
        question,
        start_to_close_timeout=_SLOT_TIMEOUT,
        retry_policy=_SLOT_RETRIES,
        summary=f"{question.approver.channel.label}: asking Redis for a slot",
    )


def _result_of(error: ActivityError) -> SendResult:
    cause = error.cause
    if isinstance(cause, TemporalTimeoutError):
        return SendResult.UNKNOWN
    if isinstance(cause, ApplicationError) and cause.type == OUTCOME_UNKNOWN:
        return SendResult.UNKNOWN
    if isinstance(cause, ApplicationError) and cause.type == REFUSED:
        return SendResult.REFUSED
    return SendResult.WITHHELD


def reason_of(error: ActivityError) -> str:
    """Say for operators why an activity came to nothing."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return cause.message
    return "no success in time" if isinstance(cause, TemporalTimeoutError) else "no longer wanted"
