"""Passes a receipt to the workflow of its chat."""

from dataclasses import dataclass
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.candidate import Approver
from domain.conversation.handed_receipts import HandedReceipt
from domain.errors import EngineUnavailableError
from domain.temporal_names import ActivityType


@dataclass(frozen=True)
class HandOver:
    """A receipt, and the approver whose chat gets it."""

    approver: Approver
    receipt: HandedReceipt


class ReceiptInboxes(Protocol):
    """One workflow per chat, which accepts receipts and merges several into one message."""

    async def put(self, approver: Approver, receipt: HandedReceipt) -> None:
        """Passes the receipt, starting the workflow if needed; raises EngineUnavailableError."""

    async def has(self, approver: Approver, receipt: HandedReceipt) -> bool:
        """Returns whether the chat's latest workflow, running or ended, got the receipt.

        Raises EngineUnavailableError.
        """


class ReceiptActivities:
    def __init__(self, inboxes: ReceiptInboxes) -> None:
        self._inboxes = inboxes

    @activity.defn(name=ActivityType.HAND_OVER_RECEIPT)
    async def hand_over_receipt(self, handed: HandOver) -> None:
        """Hands a receipt to the chat's run; retries first ask whether a run already has it."""
        try:
            if activity.info().attempt > 1 and await self._inboxes.has(handed.approver, handed.receipt):
                return
            await self._inboxes.put(handed.approver, handed.receipt)
        except EngineUnavailableError as error:
            raise ApplicationError(str(error), type="EngineUnavailable") from None
