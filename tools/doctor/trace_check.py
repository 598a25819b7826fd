"""Whether somebody takes the traces, if they are on: the gateway itself works as well without."""

import asyncio

from adapters.tracing import tracing
from tools.doctor.findings import Findings, not_checked, ok, problem

_NAME = "traces"


async def check() -> Findings:
    answer = await asyncio.to_thread(tracing.ask_collector)
    if answer is None:
        yield not_checked(_NAME, "off: no OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_SDK_DISABLED")
    elif answer:
        fix = (
            "OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP, port 4318 by custom; /v1/traces is added) or"
            " OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (as it is), OTEL_EXPORTER_OTLP_HEADERS and …_CERTIFICATE"
        )
        yield problem(_NAME, f"the collector {answer}: no trace is kept", fix)
    else:
        yield ok(_NAME, "the collector takes them")
