"""Creates spans of workflows and activities that belong to a trace, with the SDK's interceptor.

No workflow starts a trace of its own: neither the sidecar's subscription, which never ends, nor a
candidate accepted before traces were switched on.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, attach
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.trace import SpanKind
from temporalio.api.common.v1 import Payload
from temporalio.client import OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput


class TemporalTracing(TracingInterceptor):
    """Passes the trace on in the headers of a workflow, its signals and its activities."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _Starts(super().intercept_client(next), next)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # as above
        return _Activities(super().intercept_activity(next), next, self)

    def context_of(self, header: Payload) -> Context:
        return self.text_map_propagator.extract(self.payload_converter.from_payload(header))

    @contextmanager
    def signal(self, signal: str, workflow_id: str) -> Iterator[Mapping[str, Payload]]:
        """Yields the headers of a signal that bypasses the client's interceptors.

        There are none outside a trace.
        """
        if not trace.get_current_span().get_span_context().is_valid:
            yield {}
            return
        name, attributes = f"SignalWorkflow:{signal}", {"temporalWorkflowID": workflow_id}
        with self.tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=attributes):
            carrier: dict[str, str] = {}
            self.text_map_propagator.inject(carrier)
            yield {self.header_key: self.payload_converter.to_payload(carrier)}


class _Starts(OutboundInterceptor):
    def __init__(self, traced: OutboundInterceptor, plain: OutboundInterceptor) -> None:
        super().__init__(traced)
        self._plain = plain

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002  # as above
        is_traced = trace.get_current_span().get_span_context().is_valid
        return await (self.next if is_traced else self._plain).start_workflow(input)


class _Activities(ActivityInboundInterceptor):
    def __init__(
        self, traced: ActivityInboundInterceptor, plain: ActivityInboundInterceptor, tracing: TemporalTracing
    ) -> None:
        super().__init__(traced)
        self._plain = plain
        self._tracing = tracing

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # as above
        if header := input.headers.get(self._tracing.header_key):
            # Attached for the rest of the activity's task, so that the SDK's log line of a failure
            # has the trace.
            attach(self._tracing.context_of(header))
            return await self.next.execute_activity(input)
        with suppress_http_instrumentation():
            return await self._plain.execute_activity(input)
