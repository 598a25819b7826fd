"""Handing a receipt to the workflow of its chat."""

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
    """A receipt, and the approver whose chat is to be told it."""

    approver: Approver
    receipt: HandedReceipt


class ReceiptInboxes(Protocol):
    """For each chat a workflow that takes receipts, and tells several in one message."""

    async def put(self, approver: Approver, receipt: HandedReceipt) -> None:
        """Hand a receipt over, and start the workflow if it does not run; raises EngineUnavailableError."""

    async def has(self, approver: Approver, receipt: HandedReceipt) -> bool:
        """Whether the chat's latest workflow, which may have ended, got it; raises EngineUnavailableError."""


class ReceiptActivities:
    def __init__(self, inboxes: ReceiptInboxes) -> None:
        self._inboxes = inboxes

    @activity.defn(name=ActivityType.HAND_OVER_RECEIPT)
    async def hand_over_receipt(self, handed: HandOver) -> None:
        """Repeatable: a run takes a receipt once, and an attempt after the first asks whether it was taken before."""
        try:
            if activity.info().attempt > 1 and await self._inboxes.has(handed.approver, handed.receipt):
                return
            await self._inboxes.put(handed.approver, handed.receipt)
        except EngineUnavailableError as error:
            raise ApplicationError(str(error), type="EngineUnavailable") from None
