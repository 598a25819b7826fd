"""Switches traces on if OpenTelemetry's variables name a collector.

Otherwise, OpenTelemetry is not even imported.
"""

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
    """Satisfies the edge's RequestTraces and the engine's SignalTraces.

    `interceptors` are for Temporal's client.
    """

    @property
    def interceptors(self) -> Sequence[Interceptor]: ...

    @contextmanager
    def request(self, method: str, route: str, traceparent: str | None) -> Iterator[Callable[[int], None]]:
        """Traces an authenticated request, in the trace that it names, if any.

        Call the result with the answer's status.
        """

    @contextmanager
    def signal(self, signal: str, workflow_id: str) -> Iterator[Mapping[str, Payload]]:
        """Traces a signal; yields the headers to send with it."""

    def follow(self, http: httpx.AsyncClient, decision_webhook: str) -> None:
        """Traces this client's requests; only core gets the trace header."""

    async def stop(self) -> None:
        """Exports the remaining spans, within a few seconds."""


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
    """Returns the processor that adds the current trace to log lines, if there are traces."""
    if not _is_on():
        return ()
    from adapters.tracing.open_telemetry import log_fields as of_current_span  # noqa: PLC0415  # not imported when off

    return (of_current_span,)


def start(process: str) -> Tracing:
    """Starts traces of this process, `api` or `worker`, if a collector is configured."""
    if not _is_on():
        return Untraced()
    from adapters.tracing.open_telemetry import OpenTelemetry  # noqa: PLC0415  # not imported when off

    return OpenTelemetry(process)


def ask_collector() -> str | None:
    """Returns why the collector would not accept spans, or "" if it would.

    Returns None if there are no traces. Blocks for seconds.
    """
    if not _is_on():
        return None
    from adapters.tracing.collector import complaint  # noqa: PLC0415  # not imported when off

    return complaint()


def _is_on() -> bool:
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_disabled and any(os.environ.get(name) for name in _COLLECTOR)
