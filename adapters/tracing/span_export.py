"""Exports spans with only their names, times, places in the trace, and the attributes listed here.

Exception messages are not exported: a library's can contain a draft, an address or a URL.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status

from adapters.tracing.collector_session import CollectorSession

EXPORTED_ATTRIBUTES = frozenset(
    {
        "error.type",
        "exception.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "server.address",
        "server.port",
        "temporalActivityID",
        "temporalRunID",
        "temporalWorkflowID",
    }
)

_QUIET = timedelta(minutes=1)
_NOISY = ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal")
"""Loggers that write several lines for each batch that the collector does not accept."""

_READS_HEADERS = "opentelemetry.util.re"
"""A logger that prints unparseable headers, including the collector's secret."""


def span_exporter() -> SpanExporter:
    """Returns an OTLP exporter, configured by OTEL_EXPORTER_OTLP_*.

    It logs problems once a minute.
    """
    for name in _NOISY:
        logging.getLogger(name).addFilter(_OncePerMinute())
    logging.getLogger(_READS_HEADERS).addFilter(_without_headers)
    return ReducedSpans(OTLPSpanExporter(session=CollectorSession()))


class ReducedSpans(SpanExporter):
    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_reduced(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()


def _reduced(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_listed(span.attributes),
        events=[Event(event.name, _listed(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _listed(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in EXPORTED_ATTRIBUTES}


def _without_headers(record: logging.LogRecord) -> bool:
    record.msg, record.args = "OTEL_EXPORTER_OTLP_HEADERS must be name=value, comma-separated", ()
    return True


class _OncePerMinute(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._next_at = 0.0

    def filter(self, _: logging.LogRecord) -> bool:
        if (now := time.monotonic()) < self._next_at:
            return False
        self._next_at = now + _QUIET.total_seconds()
        return True
