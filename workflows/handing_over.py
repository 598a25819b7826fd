"""Passes a candidate's receipts to the run of their chat, which merges several into one message."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.receipt_handover import HandOver, ReceiptActivities
    from domain.approval import Approval
    from domain.approver_chat import Chat
    from domain.conversation.handed_receipts import HandedReceipt
    from domain.conversation.owed_messages import Receipt
    from domain.writing.wording import clock
    from workflows.run_view import RunView

_TIMEOUT = timedelta(seconds=10)
_RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


async def hand_over(receipt: Receipt, chat: Chat, approval: Approval, view: RunView) -> None:
    """Passes a receipt to the run of its chat. Temporal retries until that run has it."""
    assert approval.decision is not None
    view.note_message(chat, "receipt", "due; the pending activity hand_over_receipt has its attempts")
    handed = HandedReceipt.of(receipt, approval.candidate, approval.decision, chat)
    await hand_over_for(HandOver(chat.approver, handed), chat, view, activity_id=f"receipt/{chat.name}")


async def hand_over_for(handed: HandOver, chat: Chat, view: RunView, *, activity_id: str) -> None:
    """Passes a receipt that is already written, on behalf of any candidate."""
    await workflow.execute_activity_method(
        ReceiptActivities.hand_over_receipt,
        handed,
        activity_id=activity_id,
        start_to_close_timeout=_TIMEOUT,
        retry_policy=_RETRIES,
        summary=f"{chat.label}: receipt to its chat's run",
    )
    view.note_message(chat, "receipt", f"handed to the chat's run {clock(workflow.now())}")
