"""Traces: on where OpenTelemetry's own variables name a collector, else nothing of OpenTelemetry is even imported."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import httpx
import structlog
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor

_COLLECTOR = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class Tracing(Protocol):
    """Satisfies the edge's RequestTraces and the engine's SignalTraces. `interceptors` are for Temporal's client."""

    @property
    def interceptors(self) -> Sequence[Interceptor]: ...

    @contextmanager
    def request(self, method: str, route: str, traceparent: str | None) -> Iterator[Callable[[int], None]]:
        """Trace an authenticated request, in the trace that it names if any; the status that it gets is told."""

    @contextmanager
    def signal(self, signal: str, workflow_id: str) -> Iterator[Mapping[str, Payload]]:
        """Trace a signal; gives the headers that it takes along."""

    def follow(self, http: httpx.AsyncClient, decision_webhook: str) -> None:
        """Trace what activities ask of others by this client; core alone is told the trace."""

    async def stop(self) -> None:
        """Export what is left, within a few seconds."""


class Untraced:
    """Satisfies Tracing, and does nothing."""

    interceptors: Sequence[Interceptor] = ()

    @contextmanager
    def request(self, method: str, route: str, traceparent: str | None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002  # Tracing's
        yield lambda _: None

    @contextmanager
    def signal(self, signal: str, workflow_id: str) -> Iterator[Mapping[str, Payload]]:  # noqa: ARG002  # Tracing's
        yield {}

    def follow(self, http: httpx.AsyncClient, decision_webhook: str) -> None:
        pass

    async def stop(self) -> None:
        pass


def log_fields() -> Sequence[structlog.typing.Processor]:
    """Give what adds the current trace to each log line, if there are traces."""
    if not _is_on():
        return ()
    from adapters.tracing.open_telemetry import log_fields as of_current_span  # noqa: PLC0415  # not imported when off

    return (of_current_span,)


def start(process: str) -> Tracing:
    """Begin to trace this process, `api` or `worker`, if a collector is named."""
    if not _is_on():
        return Untraced()
    from adapters.tracing.open_telemetry import OpenTelemetry  # noqa: PLC0415  # not imported when off

    return OpenTelemetry(process)


def ask_collector() -> str | None:
    """Say why the collector would not take spans; "" if it would, None if there are no traces. Blocks for seconds."""
    if not _is_on():
        return None
    from adapters.tracing.collector import complaint  # noqa: PLC0415  # not imported when off

    return complaint()


def _is_on() -> bool:
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_disabled and any(os.environ.get(name) for name in _COLLECTOR)
