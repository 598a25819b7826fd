"""Traces by OpenTelemetry. Only an authenticated request at the edge starts one."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import httpx
import structlog
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor, RequestInfo
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor

from adapters.tracing.span_export import span_exporter
from adapters.tracing.temporal_tracing import TemporalTracing

_FLUSHED_WITHIN = timedelta(seconds=3)
_SERVER_ERROR = 500
_TRACE_CONTEXT = TraceContextTextMapPropagator()


def log_fields(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Adds the current trace and span; in a workflow, the span that started it."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"], event["span_id"] = trace.format_trace_id(span.trace_id), trace.format_span_id(span.span_id)
    return event


class OpenTelemetry:
    """Satisfies Tracing; the OTEL_* variables configure the collector and sampling."""

    def __init__(self, process: str) -> None:
        forget_empty_variables()
        # No trace headers are sent by default: Twilio and the sidecar have no use for them.
        propagate.set_global_textmap(CompositePropagator([]))
        self._provider = TracerProvider(resource=_resource(process), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(span_exporter()))
        self._tracer = self._provider.get_tracer("approval-gateway")
        self._temporal = TemporalTracing(self._tracer)

    @property
    def interceptors(self) -> Sequence[Interceptor]:
        return [self._temporal]

    @contextmanager
    def request(self, method: str, route: str, traceparent: str | None) -> Iterator[Callable[[int], None]]:
        # Only the trace itself is taken from core: its tracestate and baggage would be passed on
        # forever.
        parent = _TRACE_CONTEXT.extract({"traceparent": traceparent}) if traceparent else Context()
        attributes = {"http.request.method": method, "http.route": route}
        with self._tracer.start_as_current_span(
            f"{method} {route}",
            parent,
            SpanKind.SERVER,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield lambda status: _note_status(span, status)

    @contextmanager
    def signal(self, signal: str, workflow_id: str) -> Iterator[Mapping[str, Payload]]:
        with self._temporal.signal(signal, workflow_id) as headers:
            yield headers

    def follow(self, http: httpx.AsyncClient, decision_webhook: str) -> None:
        webhook = httpx.URL(decision_webhook)

        async def tell_core(_: Span, request: RequestInfo) -> None:
            if request.url == webhook and request.headers is not None:
                _TRACE_CONTEXT.inject(request.headers)

        HTTPXClientInstrumentor.instrument_client(http, tracer_provider=self._provider, request_hook=tell_core)

    async def stop(self) -> None:
        # In a daemon thread, so that a hanging collector does not keep the process alive.
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, _FLUSHED_WITHIN.total_seconds())


def forget_empty_variables() -> None:
    """Removes empty OTEL_* variables, as for every setting; OpenTelemetry ignores only some."""
    for name in [name for name, value in os.environ.items() if name.startswith("OTEL_") and not value]:
        del os.environ[name]
    # Use OpenTelemetry's stable attribute names, not the earlier ones.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")


def _resource(process: str) -> Resource:
    named = SERVICE_NAME in OTELResourceDetector().detect().attributes
    return Resource.create({} if named else {SERVICE_NAME: f"approval-gateway-{process}"})


def _note_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)
