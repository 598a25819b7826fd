"""The collector of traces, if they are on; the gateway works without it, too."""

import asyncio

from adapters.tracing import tracing
from tools.doctor.findings import Findings, not_checked, ok, problem

_NAME = "traces"


async def check() -> Findings:
    answer = await asyncio.to_thread(tracing.ask_collector)
    if answer is None:
        yield not_checked(_NAME, "off: OTEL_EXPORTER_OTLP_ENDPOINT is empty, or OTEL_SDK_DISABLED is set")
    elif answer:
        fix = (
            "check OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP, usually port 4318; /v1/traces is added) or"
            " OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (used as it is), OTEL_EXPORTER_OTLP_HEADERS and …_CERTIFICATE"
        )
        yield problem(_NAME, f"the collector {answer}; no trace is kept", fix)
    else:
        yield ok(_NAME, "the collector accepts them")
