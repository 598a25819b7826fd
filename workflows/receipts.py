"""The receipts of one chat: receipts due within two seconds share one message."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.candidate import RULES_OF_WHOLE_PROMPTS
    from domain.conversation.handed_receipts import ChatToTell, HandedReceipt
    from domain.conversation.merged_receipts import ReceiptsMessage, first_message
    from domain.sending.sends import SendEnd, SendResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.temporal_names import SignalName, WorkflowType
    from domain.writing.fitting import fitted_messages
    from workflows import signals
    from workflows.current_details import CurrentDetails
    from workflows.sending import hold_slot, send

_COLLECTED_FOR = timedelta(seconds=2)
_RECEIPT_PERIOD = timedelta(hours=1)


@workflow.defn(name=WorkflowType.RECEIPTS)
class ReceiptsWorkflow:
    """Collects and sends the receipts of one chat.

    The signal with the first receipt starts a run; after its end, the next receipt starts another.
    """

    @workflow.init
    def __init__(self, chat: ChatToTell) -> None:
        self._approver = chat.approver
        self._taken: set[str] = set()
        self._due: list[HandedReceipt] = []
        self._messages = 0
        self._details = CurrentDetails()

    @workflow.run
    async def run(self, chat: ChatToTell) -> None:  # noqa: ARG002  # Temporal passes it to __init__ too
        """Collects and sends receipts until none is due.

        No receipt is lost at the end: Temporal rejects the completion of a run with an unread
        signal, and the run continues with that signal.
        """
        await workflow.sleep(_COLLECTED_FOR, summary="collecting what is due in this chat")
        while self._due:
            await self._tell()

    async def _tell(self) -> None:
        """Sends one message with every receipt that arrived before its slot; the rest stays due.

        A single receipt that quotes a long text can exceed one message; then more messages follow.
        """
        key = self._due[0].key
        slot = await self._begin(key)
        message = first_message(self._due, self._approver.channel)
        self._due = self._due[len(message.receipts) :]
        texts = fitted_messages(message.text, self._approver.channel)
        for number, text in enumerate(texts, start=1):
            if number > 1:
                slot = await self._begin(f"{key}/{number}")
            end = SendEnd(SendResult.WITHHELD, reason="no slot is left in time")
            if slot:
                end = await self._send(text, message, slot, is_last=number == len(texts))
            self._note(f"{end.result}{end.reason and ': '}{end.reason}: {', '.join(message.candidate_ids)}")

    async def _begin(self, key: str) -> SlotQuestion | None:
        """Waits for the slot of the next message; returns None if there is none in time."""
        self._messages += 1
        self._note("due")
        slot = self._slot(key)
        return slot if await hold_slot(slot, self._note, rules=RULES_OF_WHOLE_PROMPTS) else None

    async def _send(self, text: str, message: ReceiptsMessage, slot: SlotQuestion, *, is_last: bool) -> SendEnd:
        count = len(message.receipts)
        return await send(
            Message(text, slot, subject=message.subject if is_last else None),
            activity_id=f"message/{self._approver.channel}/{self._messages}",
            summary="receipt" if count == 1 else f"{count} receipts",
            within=_RECEIPT_PERIOD,
        )

    def _slot(self, key: str) -> SlotQuestion:
        return SlotQuestion(
            key=key,
            lane=Lane.CHAT,
            approver=self._approver,
            brand_id="",
            accepted_at=workflow.now(),
            latest_start=workflow.now() + _RECEIPT_PERIOD,
        )

    def _note(self, what: str) -> None:
        self._details.note(f"Message {self._messages}", what)

    @workflow.signal(name=SignalName.RECEIPT, description="The receipt of a candidate; its run sends it")
    def receipt(self, *given: object) -> None:
        receipt = signals.read(HandedReceipt, given)
        if receipt is None or not receipt.is_complete:
            self._details.note("Ignored", "receipt needs what a candidate's run sends: one object of texts")
        elif receipt.key not in self._taken:
            self._taken.add(receipt.key)
            self._due.append(receipt)
