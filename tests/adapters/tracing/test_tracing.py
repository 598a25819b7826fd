"""Traces do nothing when off, and never change what a history contains."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from adapters.temporal import connection as temporal
from adapters.tracing.span_export import EXPORTED_ATTRIBUTES, ReducedSpans, span_exporter
from adapters.tracing.temporal_tracing import TemporalTracing
from tests.harness.processes import REPOSITORY, free_port, run_python
from tests.record_histories import HISTORIES
from worker.app import WORKFLOWS

SWITCHED_OFF = """
import os, sys
import api.app, worker.app
from adapters.tracing import tracing
endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
for off in ({}, {endpoint: ""}, {endpoint: "http://localhost:4318", "OTEL_SDK_DISABLED": "true"}):
    os.environ.update(off)
    assert not tracing.log_fields()
    assert type(tracing.start("api")) is tracing.Untraced
parts = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.instrumentation", "temporalio.contrib.ope")
print([name for name in sys.modules if name.startswith(parts)])
"""
OLD = ["approved", "redis_down", "parked_then_retried", "subscription"]


async def test_neither_tracer_nor_exporter_is_even_imported_when_off() -> None:
    assert await run_python("-c", SWITCHED_OFF, environment={}) == (0, "[]\n")


@pytest.mark.parametrize("name", OLD)
async def test_history_from_before_traces_replays_with_them_and_begins_none(name: str) -> None:
    spans, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    history = WorkflowHistory.from_json(name, (HISTORIES / "0.1.0" / f"{name}.json").read_text())
    interceptors = [TemporalTracing(provider.get_tracer("test"))]

    replayer = Replayer(workflows=WORKFLOWS, data_converter=temporal.data_converter({}), interceptors=interceptors)
    await replayer.replay_workflow(history)

    assert not spans.get_finished_spans()


def test_span_leaves_without_the_words_of_an_exception_and_without_what_is_not_listed() -> None:
    spans, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ReducedSpans(spans)))
    listed, unlisted = {"server.address": "core.example"}, {"url.full": "https://core.example/a?draft=secret"}
    span = provider.get_tracer("test").start_span("POST", attributes=listed | unlisted)
    span.record_exception(ValueError("the secret draft"))
    span.set_status(StatusCode.ERROR, "the secret draft")
    span.end()

    (exported,) = spans.get_finished_spans()
    assert "secret" not in exported.to_json()
    assert dict(exported.attributes or {}) == listed
    assert [dict(event.attributes or {}) for event in exported.events] == [{"exception.type": "ValueError"}]
    assert not exported.status.is_ok


def test_log_says_once_a_minute_that_nobody_takes_the_spans_and_never_tells_the_collectors_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "no-equals-sign-before-this-secret")
    exporter = span_exporter()

    results = [exporter.export([]) for _ in range(3)]

    assert results == [SpanExportResult.FAILURE] * 3
    assert [record.getMessage().split()[0] for record in caplog.records] == ["OTEL_EXPORTER_OTLP_HEADERS", "Failed"]
    assert "secret" not in caplog.text


def test_every_attribute_that_leaves_is_documented() -> None:
    document = (REPOSITORY / "docs" / "tracing.md").read_text(encoding="utf-8")

    assert not [name for name in EXPORTED_ATTRIBUTES if f"`{name}`" not in document]
