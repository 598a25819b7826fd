"""A receipt reaches its chat's run once, and can be found there afterwards."""

from adapters.tracing.tracing import Untraced
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.handed_receipts import HandedReceipt
from domain.identifiers import receipts_workflow_id
from engine.receipt_inboxes import EngineReceiptInboxes
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.stack import Stack

RECEIPT = HandedReceipt("cr_1", "imessage", "4821 “We hear you.”: withdrawn.", "4821: withdrawn.")


async def test_receipt_put_twice_is_one_signal_and_is_found_during_the_run_and_after_it(
    stack: Stack, owner: Owner
) -> None:
    inboxes = EngineReceiptInboxes(stack.client, "secret", Untraced())
    chat = Approver(Channel.IMESSAGE, owner.imessage)
    run = stack.client.get_workflow_handle(receipts_workflow_id("secret", chat))
    assert not await inboxes.has(chat, RECEIPT)

    await inboxes.put(chat, RECEIPT)
    await inboxes.put(chat, RECEIPT)

    assert await signals(run) == ["receipt"]
    assert await inboxes.has(chat, RECEIPT)
    await run.result()
    assert await inboxes.has(chat, RECEIPT)
    assert await stack.phone.texts("imessage", owner) == ["4821 “We hear you.”: withdrawn."]
    assert not await inboxes.has(chat, HandedReceipt("cr_2", "imessage", "another", "another"))
