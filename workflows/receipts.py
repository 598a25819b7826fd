"""The receipts of one chat: those that are due within two seconds are one message."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Message
    from domain.conversation.handed_receipts import ChatToTell, HandedReceipt, ReceiptsMessage, told_together
    from domain.sending.sends import SendEnd, SendResult
    from domain.sending.slots import Lane, SlotQuestion
    from domain.temporal_names import SignalName, WorkflowType
    from workflows import signals
    from workflows.current_details import CurrentDetails
    from workflows.handing_over import FIRST_TOLD_TOGETHER
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
        self._messages_sent = 0
        self._details = CurrentDetails()

    @workflow.run
    async def run(self, chat: ChatToTell) -> None:  # noqa: ARG002  # Temporal gives it to __init__ too
        """Collect, tell, and end once nothing has come meanwhile.

        No receipt is lost at the end: Temporal refuses the completion of a run that has a signal which it has not
        read, and the run goes on with that.
        """
        while True:
            await workflow.sleep(_COLLECTED_FOR, summary="collecting what is due in this chat")
            due, self._due = self._due, []
            for message in told_together(due, self._approver.channel):
                await self._tell(message)
            if not self._due:
                return

    async def _tell(self, message: ReceiptsMessage) -> None:
        self._messages_sent += 1
        activity_id = f"message/{self._approver.channel}/{self._messages_sent}"
        told = ", ".join(message.candidate_ids)
        slot = SlotQuestion(
            key=message.key,
            lane=Lane.CHAT,
            approver=self._approver,
            brand_id="",
            accepted_at=workflow.now(),
            latest_start=workflow.now() + _RECEIPT_PERIOD,
        )
        end = SendEnd(SendResult.WITHHELD, reason="no slot is left in time")
        self._note(f"due: {told}")
        if await hold_slot(slot, rules=FIRST_TOLD_TOGETHER):
            summary = "receipt" if len(message.receipts) == 1 else f"{len(message.receipts)} receipts"
            sending = Message(message.text, slot, subject=message.subject)
            end = await send(sending, activity_id=activity_id, summary=summary, within=_RECEIPT_PERIOD)
        self._note(f"{end.result}{end.reason and ': '}{end.reason}: {told}")

    def _note(self, what: str) -> None:
        self._details.note(f"Message {self._messages_sent}", what)

    @workflow.signal(name=SignalName.RECEIPT, description="What became of a candidate; its run sends it")
    def receipt(self, *given: object) -> None:
        receipt = signals.read(HandedReceipt, given)
        if receipt is None or not receipt.is_complete:
            self._details.note("Ignored", "receipt needs what a candidate's run sends: one object, of texts")
        elif receipt.key not in self._taken:
            self._taken.add(receipt.key)
            self._due.append(receipt)
