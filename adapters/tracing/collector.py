"""Checks that OpenTelemetry's collector accepts the gateway's spans."""

import logging
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from adapters.tracing.collector_session import CollectorSession
from adapters.tracing.open_telemetry import forget_empty_variables

_TIMEOUT_SEC = 3


class _Remembering(CollectorSession):
    """Keeps the outcome of the last request, without its URL, which can contain a secret."""

    outcome = "was not asked"

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        try:
            response = super().send(request, **options)
        except OSError as error:
            self.outcome = f"does not answer: {type(error).__name__}"
            raise
        self.outcome = f"answers {response.status_code}"
        return response


def complaint() -> str:
    """Exports an empty batch, the way spans are exported.

    Returns the problem, or "" if it is accepted. Blocks for at most a few seconds.
    """
    forget_empty_variables()
    logging.disable(logging.CRITICAL)  # the exporter's messages can contain the URL
    try:
        with _Remembering() as session:
            taken = OTLPSpanExporter(session=session, timeout=_TIMEOUT_SEC).export([]) is SpanExportResult.SUCCESS
    finally:
        logging.disable(logging.NOTSET)
    return "" if taken else session.outcome
