"""Signals to a candidate's workflow that a redelivery cannot repeat: the caller names each by a request id.

The SDK's own call takes none.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.identifiers import approval_workflow_id
from engine.calls import engine_call


class SignalTraces(Protocol):
    def signal(self, signal: str, workflow_id: str) -> AbstractContextManager[Mapping[str, Payload]]:
        """Traces a signal; yields the headers to send with it."""


class Signals:
    def __init__(self, client: Client, traces: SignalTraces) -> None:
        self._client = client
        self._traces = traces

    async def send(self, candidate_id: str, signal: str, payload: Any, request_id: str) -> bool:
        """Signals once per request id; returns False if the candidate's life is over.

        Raises EngineUnavailableError.
        """
        workflow_id = approval_workflow_id(candidate_id)
        request = SignalWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            signal_name=signal,
            input=Payloads(payloads=await self._client.data_converter.encode([payload])),
            request_id=request_id,
            identity=self._client.identity,
        )
        try:
            with self._traces.signal(signal, workflow_id) as headers:
                request.header.CopyFrom(Header(fields=headers))
                async with engine_call():
                    await self._client.workflow_service.signal_workflow_execution(request)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True
