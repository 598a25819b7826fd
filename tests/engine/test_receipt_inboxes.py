"""A receipt reaches its chat's run once, and can be found there afterwards."""

import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCStatusCode

from adapters.temporal import sdk_metrics
from adapters.tracing.tracing import Untraced
from domain.candidate import Approver
from domain.channels import Channel
from domain.conversation.handed_receipts import HandedReceipt
from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError
from domain.identifiers import receipts_workflow_id
from engine.decided import DecidedCandidates
from engine.receipt_inboxes import EngineReceiptInboxes
from engine.standing import STANDING
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.refusals import refusing
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


async def test_calls_that_temporal_throttles_are_counted_and_retried_by_the_activities(owner: Owner) -> None:
    chat, served = Approver(Channel.IMESSAGE, owner.imessage), sdk_metrics.loopback_runtime()
    STANDING.count_by(served.runtime.metric_meter)
    async with refusing(RPCStatusCode.RESOURCE_EXHAUSTED, passed=1) as refusals, httpx.AsyncClient() as http:
        client = await Client.connect(refusals.address)
        inboxes = EngineReceiptInboxes(client, "secret", Untraced())
        for count, call in enumerate((inboxes.put, inboxes.has), start=1):
            with pytest.raises(EngineUnavailableError) as throttled:
                await call(chat, RECEIPT)
            assert throttled.value.state is EngineState.THROTTLED
            assert f'_unavailable_total{{state="throttled"}} {count}\n' in await sdk_metrics.fetch(http, served.url)

        assert not await DecidedCandidates(client).is_decided("cr_1"), "after two tries"
        assert '_unavailable_total{state="throttled"} 4\n' in await sdk_metrics.fetch(http, served.url)
