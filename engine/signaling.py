"""Signals a candidate's workflow once per request id, so that a redelivery repeats no signal.

The SDK's own call takes no request id. Each signal adds events to the run's history, and Temporal
terminates a run with too many. A run with a long history only gets signals that might decide its
candidate.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import structlog
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.identifiers import approval_workflow_id
from engine.calls import engine_call
from engine.candidates import CandidateRecord

log = structlog.get_logger()

MANY_EVENTS = 10_000
"""Temporal ends a run at 51,200 by default, and Temporal Cloud always. An ordinary one has 27."""


class SignalTraces(Protocol):
    def signal(self, signal: str, workflow_id: str) -> AbstractContextManager[Mapping[str, Payload]]:
        """Traces a signal; yields the headers to send with it."""


class Signals:
    def __init__(self, client: Client, traces: SignalTraces, many_events: int = MANY_EVENTS) -> None:
        """A run with `many_events` only gets signals that might decide its candidate."""
        self._client = client
        self._traces = traces
        self._many_events = many_events
        self._full: set[str] = set()

    def may_add(self, record: CandidateRecord) -> bool:
        """Returns whether a run that was just described can get a signal that decides nothing."""
        if record.events < self._many_events:
            return True
        if record.candidate.id not in self._full:
            self._full.add(record.candidate.id)
            log.warning("candidate_gets_only_verdicts", candidate_id=record.candidate.id, events=record.events)
        return False

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
