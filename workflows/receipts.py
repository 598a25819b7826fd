"""The receipts of one chat: those that are due within two seconds are one message."""

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
    from domain.writing.dressing import dressed_messages
    from workflows import signals
    from workflows.current_details import CurrentDetails
    from workflows.sending import hold_slot, send

_COLLECTED_FOR = timedelta(seconds=2)
_RECEIPT_PERIOD = timedelta(hours=1)


@workflow.defn(name=WorkflowType.RECEIPTS)
class ReceiptsWorkflow:
    """Started by the signal of the first receipt, and by the next one's after its end."""

    @workflow.init
    def __init__(self, chat: ChatToTell) -> None:
        self._approver = chat.approver
        self._taken: set[str] = set()
        self._due: list[HandedReceipt] = []
        self._messages = 0
        self._details = CurrentDetails()

    @workflow.run
    async def run(self, chat: ChatToTell) -> None:  # noqa: ARG002  # Temporal gives it to __init__ too
        """Collect and tell, until nothing is due.

        No receipt is lost at the end: Temporal refuses the completion of a run that has a signal which it has not
        read, and the run goes on with that.
        """
        await workflow.sleep(_COLLECTED_FOR, summary="collecting what is due in this chat")
        while self._due:
            await self._tell()

    async def _tell(self) -> None:
        """Send one message, of all that has come until its slot has; what it cannot hold stays due.

        A single receipt may itself be longer than a message, with a text that is read back; then its rest follows.
        """
        key = self._due[0].key
        slot = await self._begin(key)
        message = first_message(self._due, self._approver.channel)
        self._due = self._due[len(message.receipts) :]
        texts = dressed_messages(message.text, self._approver.channel)
        for number, text in enumerate(texts, start=1):
            if number > 1:
                slot = await self._begin(f"{key}/{number}")
            end = SendEnd(SendResult.WITHHELD, reason="no slot is left in time")
            if slot:
                end = await self._send(text, message, slot, is_last=number == len(texts))
            self._note(f"{end.result}{end.reason and ': '}{end.reason}: {', '.join(message.candidate_ids)}")

    async def _begin(self, key: str) -> SlotQuestion | None:
        """Wait for the slot of the next message; None if none is left in time."""
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

    @workflow.signal(name=SignalName.RECEIPT, description="What became of a candidate; its run sends it")
    def receipt(self, *given: object) -> None:
        receipt = signals.read(HandedReceipt, given)
        if receipt is None or not receipt.is_complete:
            self._details.note("Ignored", "receipt needs what a candidate's run sends: one object, of texts")
        elif receipt.key not in self._taken:
            self._taken.add(receipt.key)
            self._due.append(receipt)
