"""Signals a chat's receipts run, and starts it if needed, in one request.

The request has an id, which the SDK's own call cannot set. Temporal keeps the id in the run that
received it. A receipt can be sent twice if the answer to one attempt was lost, that run sent it and
ended, and a newer run began before the next attempt.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryRequest,
    SignalWithStartWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.candidate import Approver
from domain.conversation.handed_receipts import ChatToTell, HandedReceipt
from domain.identifiers import TASK_QUEUE, receipts_workflow_id
from domain.temporal_names import SignalName, WorkflowType
from engine.calls import engine_call
from engine.signaling import SignalTraces

_CALL = timedelta(seconds=4)
"""Two calls end before the activity's timeout."""


class EngineReceiptInboxes:
    """Satisfies the activities' ReceiptInboxes.

    Rotating the secret renames the runs, and loses nothing.
    """

    def __init__(self, client: Client, secret: str, traces: SignalTraces, task_queue: str = TASK_QUEUE) -> None:
        self._client = client
        self._secret = secret
        self._traces = traces
        self._task_queue = task_queue

    async def put(self, approver: Approver, receipt: HandedReceipt) -> None:
        workflow_id = receipts_workflow_id(self._secret, approver)
        request = SignalWithStartWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_id=workflow_id,
            input=await self._payloads(ChatToTell(approver)),
            signal_name=SignalName.RECEIPT,
            signal_input=await self._payloads(receipt),
            request_id=receipt.key,
            identity=self._client.identity,
            user_metadata=UserMetadata(summary=await self._payload(f"receipts on {approver.channel.label}")),
        )
        request.workflow_type.name = WorkflowType.RECEIPTS
        request.task_queue.name = self._task_queue
        with self._traces.signal(SignalName.RECEIPT, workflow_id) as headers:
            request.header.CopyFrom(Header(fields=headers))
            async with engine_call(_CALL):
                await self._client.workflow_service.signal_with_start_workflow_execution(request, timeout=_CALL)

    async def has(self, approver: Approver, receipt: HandedReceipt) -> bool:
        run = WorkflowExecution(workflow_id=receipts_workflow_id(self._secret, approver))
        request = GetWorkflowExecutionHistoryRequest(namespace=self._client.namespace, execution=run)
        try:
            async with engine_call(_CALL):
                return receipt.key in [request_id async for request_id in self._request_ids(request)]
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return False

    async def _request_ids(self, request: GetWorkflowExecutionHistoryRequest) -> AsyncIterator[str]:
        """Yields the ids of a run's signals; does not retry, as the activity is retried anyway."""
        while True:
            page = await self._client.workflow_service.get_workflow_execution_history(request, timeout=_CALL)
            for event in page.history.events:
                yield event.workflow_execution_signaled_event_attributes.request_id
            if not page.next_page_token:
                return
            request.next_page_token = page.next_page_token

    async def _payloads(self, value: Any) -> Payloads:
        return Payloads(payloads=[await self._payload(value)])

    async def _payload(self, value: Any) -> Payload:
        return (await self._client.data_converter.encode([value]))[0]
