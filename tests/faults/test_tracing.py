"""Traces from real processes, with a collector that receives them or does not."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from adapters.tracing.span_export import EXPORTED_ATTRIBUTES
from adapters.tracing.temporal_tracing import TemporalTracing
from domain.temporal_names import WorkflowType
from tests.harness.asking import asked_everywhere
from tests.harness.collector import Collector, collecting
from tests.harness.core import CandidateBody, draft
from tests.harness.keys import encryption_keys
from tests.harness.operator import until_found
from tests.harness.phone import Owner, Phone
from tests.harness.processes import free_port, until
from tests.harness.stack import Stack, running_stack
from worker.app import WORKFLOWS

CORES_TRACE, CORES_SPAN, STRANGERS_TRACE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "f" * 32
EXPORTED_AT_THE_END = "600000"
EXPECTED = {
    "approval-gateway-api": {"POST /candidate", "StartWorkflow:ApprovalWorkflow"},
    "approval-gateway-worker": {
        "RunWorkflow:ApprovalWorkflow",
        *(f"{kind}Activity:{name}" for kind in ("Start", "Run") for name in ("ask_for_slot", "send_message")),
        *(f"{kind}Activity:hand_over_receipt" for kind in ("Start", "Run")),
        "SignalWorkflow:receipt",
        "HandleSignal:receipt",
        "RunWorkflow:ReceiptsWorkflow",
        "CompleteWorkflow:ReceiptsWorkflow",
        "HandleSignal:reply",
        *(f"{kind}Activity:deliver_decision" for kind in ("Start", "Run")),
        "POST",
        "CompleteWorkflow:ApprovalWorkflow",
    },
}


async def test_one_trace_leads_from_core_through_prompts_and_reply_to_the_callback(tmp_path: Path) -> None:
    """Encryption is on, and a second worker replays the first one's part."""
    owner = Owner()
    with collecting() as collector:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": EXPORTED_AT_THE_END,
            "PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a"),
        }
        async with running_stack(tmp_path, **settings) as stack:
            candidate = await told_through(stack, owner)
            history = await stack.run_of(candidate["id"]).fetch_history()
            callbacks = await stack.phone.attempts("core.decisions", contains=candidate["id"])
            sends = await stack.phone.prompt_attempts("whatsapp", candidate["id"])
            logs = stack.worker.output
            await asyncio.gather(stack.api.stop(), stack.worker.stop())
            secrets = [value for name, value in stack.environment.items() if "SECRET" in name or "SID" in name]

    trace = in_trace(collector, CORES_TRACE)
    assert_whole(collector, trace)
    posts = {span.span_id.hex() for span in trace if span.name == "POST"}
    traceparents = [attempt["headers"]["traceparent"].split("-") for attempt in callbacks]
    assert [parts[1] for parts in traceparents] == [CORES_TRACE] * 2
    assert {parts[2] for parts in traceparents} < posts
    sent = {name for attempt in [*sends, *callbacks] for name in attempt["headers"]}
    assert not sent & {"tracestate", "baggage"}
    assert "traceparent" not in sends[0]["headers"]
    assert_reply_is_linked(collector, trace, candidate["id"])
    assert_logged(logs, candidate["id"])
    assert_discreet(collector, [*secrets, *told(candidate, owner)])
    await replays_with_and_without_traces(history, stack)


async def told_through(stack: Stack, owner: Owner) -> CandidateBody:
    """Takes a candidate to its end, past strangers, health checks, a new worker and an outage."""
    candidate = draft(owner, proposed_text="The heron lands at daybreak")
    forged = {"traceparent": f"00-{STRANGERS_TRACE}-{CORES_SPAN}-01"}
    for headers in ({**forged, "Authorization": "Bearer no"}, forged):
        path = "/candidate" if "Authorization" in headers else "/webhooks/whatsapp"
        await stack.core.http.post(path, json=candidate, headers=headers)
    for path in ("/healthz", "/readyz", "/metrics", "/"):
        await stack.core.http.get(path, headers=forged)
    trace = {"traceparent": f"00-{CORES_TRACE}-{CORES_SPAN}-01", "tracestate": "a=b", "baggage": "c=d"}
    await stack.core.http.post("/candidate", json=candidate, headers=trace)
    for channel in ("whatsapp", "imessage"):
        await stack.phone.until_prompted(channel, candidate["id"])
    await stack.core.until_state(candidate["id"], "prompted")
    await stack.worker.restart()
    await stack.phone.fault("core.decisions", match=candidate["id"], times=1, status=503)
    await stack.phone.says("whatsapp", owner, f"edit {candidate['id']}: No heron has landed so far")
    await asyncio.wait_for(stack.run_of(candidate["id"]).result(), timeout=30)
    await stack.phone.until_message("imessage", owner, "no answer any more")
    await until_found(stack.client, f"WorkflowType = '{WorkflowType.RECEIPTS}' AND ExecutionStatus = 'Completed'")
    return candidate


def in_trace(collector: Collector, trace_id: str) -> list[Span]:
    return [span for span in collector.spans if span.trace_id.hex() == trace_id]


def assert_whole(collector: Collector, trace: list[Span]) -> None:
    """Checks that each span appears once, below another one, and that no stranger began one."""
    services, names = collector.services(), {span.name for span in trace}
    assert {service: found & names for service, found in services.items()} == EXPECTED
    known = {span.span_id.hex() for span in trace} | {CORES_SPAN}
    assert all(span.parent_span_id.hex() in known for span in trace)
    times = Counter(span.name for span in trace)
    assert times["RunWorkflow:ApprovalWorkflow"] == times["HandleSignal:reply"] == 1
    assert times["StartActivity:send_message"] == 3  # two prompts, one receipt
    assert times["StartActivity:deliver_decision"] == 1
    assert times["RunActivity:deliver_decision"] == 2
    assert not in_trace(collector, STRANGERS_TRACE)
    edge = {name for name in services["approval-gateway-api"] if " /" in name}
    assert edge == {
        "POST /candidate",
        "GET /candidate/{candidate_id}",
        "POST /webhooks/whatsapp",
        "POST /webhooks/whatsapp/status/{candidate_id}/{attempt}",
    }
    assert not {name for names in services.values() for name in names if "Photon" in name or "renew" in name}


def assert_reply_is_linked(collector: Collector, trace: list[Span], candidate_id: str) -> None:
    """Checks that the owner's request is a trace of its own, linked to and from the candidate's."""
    (handled,) = (span for span in trace if span.name == "HandleSignal:reply")
    (link,) = handled.links
    (signaled,) = (span for span in collector.spans if span.span_id == link.span_id)
    assert signaled.name == "SignalWorkflow:reply"
    assert [a.value.string_value for a in signaled.attributes] == [f"approval/{candidate_id}"]
    assert {span.name for span in in_trace(collector, link.trace_id.hex())} >= {"POST /webhooks/whatsapp"}
    assert link.trace_id != handled.trace_id


def assert_logged(output: str, candidate_id: str) -> None:
    events = [json.loads(line) for line in output.splitlines() if candidate_id in line]
    assert {event["event"] for event in events} >= {"candidate_decided", "callback_state_changed"}
    assert {event.get("trace_id") for event in events} == {CORES_TRACE}
    assert all(len(event["span_id"]) == 16 for event in events)


def told(candidate: CandidateBody, owner: Owner) -> list[str]:
    """Returns the texts that a trace must not contain."""
    texts = ["heron", candidate["context_url"], "core/decisions", "core answered", "Traceback"]
    return [*texts, owner.whatsapp.removeprefix("whatsapp:"), owner.imessage]


def assert_discreet(collector: Collector, forbidden: Iterable[str]) -> None:
    everything = "\n".join(map(str, collector.received))
    assert "approval-gateway-worker" in everything
    assert [text for text in forbidden if text in everything] == []
    attributes = {attribute.key for span in collector.spans for attribute in span.attributes}
    attributes |= {attribute.key for span in collector.spans for event in span.events for attribute in event.attributes}
    assert attributes <= EXPORTED_ATTRIBUTES


async def replays_with_and_without_traces(history: WorkflowHistory, stack: Stack) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    assert "_tracer-data" in history.to_json()
    for interceptors in ([TemporalTracing(provider.get_tracer("test"))], []):
        converter = stack.client.data_converter
        replayer = Replayer(workflows=WORKFLOWS, data_converter=converter, interceptors=interceptors)
        await replayer.replay_workflow(history)
    assert not [span.name for span in spans.get_finished_spans()]


async def test_candidates_are_decided_while_tracing_starts_stops_or_fails(tmp_path: Path) -> None:
    """One collector hangs and another is missing; a change of settings affects no candidate."""
    nowhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", "OTEL_BSP_SCHEDULE_DELAY": "20"}
    owners = [Owner(), Owner(), Owner()]
    with collecting() as collector:
        collector.answering.clear()
        async with running_stack(tmp_path) as stack:
            before = await asked_everywhere(stack, "whatsapp", owners[0])
            assert "_tracer-data" not in (await stack.run_of(before["id"]).fetch_history()).to_json()
            hanging = {**nowhere, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_TIMEOUT": "60"}
            await asyncio.gather(stack.api.restart(**hanging), stack.worker.restart(**nowhere))
            during, across = [await asked_everywhere(stack, "whatsapp", owner) for owner in owners[1:]]
            assert await traceparents(stack.phone, owners[0], before) == [None]
            assert None not in await traceparents(stack.phone, owners[1], during)
            await until(lambda: is_in_vain(stack, collector))
            told_at = time.monotonic()
            await asyncio.gather(stack.api.stop(), stack.worker.stop())
            assert time.monotonic() - told_at < 20  # three seconds plus a margin; without a limit, thirty
            assert (stack.api.output + stack.worker.output).count("spans batch") in {1, 2}  # one a minute
            off = {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
            await asyncio.gather(stack.api.restart(**off), stack.worker.restart(**off))
            assert await traceparents(stack.phone, owners[2], across) == [None]


async def is_in_vain(stack: Stack, collector: Collector) -> bool:
    return collector.requests > 0 and "spans batch" in stack.worker.output


async def traceparents(phone: Phone, owner: Owner, candidate: CandidateBody) -> list[str | None]:
    """Approves a candidate, and returns the trace of each delivery attempt."""
    await phone.says("whatsapp", owner, f"approve {candidate['id']}")
    assert (await phone.until_decided(candidate["id"]))["decision"] == "approved"
    attempts = await phone.attempts("core.decisions", contains=candidate["id"])
    return [attempt["headers"].get("traceparent") for attempt in attempts]
