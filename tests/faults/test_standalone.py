"""One process is edge and worker; it starts, stops and survives outages as the two do."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

import pytest

from domain.channels import Channel
from tests.faults.test_graceful_shutdown import begun_request, refuses_connections
from tests.harness.collector import collecting
from tests.harness.core import draft
from tests.harness.phone import Owner
from tests.harness.processes import Process, run_python, until
from tests.harness.scrape import complete_scrape
from tests.harness.stack import Stack, answers, standalone_process


@pytest.fixture(scope="module")
async def one_stack(own_stack: Stack) -> AsyncIterator[tuple[Stack, Process]]:
    """Runs one process in place of the gateway's two."""
    await asyncio.gather(own_stack.api.stop(), own_stack.worker.stop())
    process = standalone_process(own_stack.environment)
    try:
        await process.start()
        yield own_stack, process
    finally:
        await process.kill()


async def test_candidate_is_approved_and_one_scrape_has_metrics_of_edge_and_worker(
    one_stack: tuple[Stack, Process], owner: Owner
) -> None:
    stack, _ = one_stack
    candidate = await stack.core.accepted(owner)
    for channel in Channel:
        await stack.phone.until_prompted(channel, candidate["id"])
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    await stack.run_of(candidate["id"]).result()

    scraped = await complete_scrape(stack.gateway_url)
    assert scraped.value("gateway_candidates_total", result="accepted") >= 1
    assert scraped.value("gateway_decisions_total", outcome="approved", decided_by="whatsapp") == 1
    assert scraped.value("gateway_task_queue_pollers", kind="activity") >= 1
    assert scraped.value("process_resident_memory_bytes") > 0
    operations = {dict(labels)["operation"] for name, labels in scraped.series if name == "gateway_redis_errors_total"}
    assert operations >= {"count_client", "follow_hints", "ask_slot", "publish_hint", "read_chat"}
    text = (await stack.core.http.get("/metrics")).text
    described = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(described) == len({*described}), "a scraper can refuse a metric that is described twice"


async def test_told_to_stop_the_edge_drains_and_then_the_worker_finishes_its_sends(
    one_stack: tuple[Stack, Process],
) -> None:
    stack, process = one_stack
    phone, core, sending = stack.phone, stack.core, Owner()
    port, late = int(stack.environment["PORT"]), draft(Owner())
    body = json.dumps(late).encode()
    await phone.fault("twilio.messages", match=sending.whatsapp, times=1, delay_sec=4)
    asked = await core.accepted(sending)
    await until(lambda: phone.prompt_attempts("whatsapp", asked["id"]))
    async with begun_request(port, len(body)) as (answer, request):
        stopping = asyncio.create_task(process.stop())
        await until(lambda: refuses_connections(port))
        assert "worker_stopping" not in process.output
        request.write(body)
        head = await answer.readuntil(b"\r\n\r\n")
    assert await stopping == 0
    assert head.startswith(b"HTTP/1.1 202 ")
    assert len(await phone.prompts("whatsapp", asked["id"])) == 1
    logged = [json.loads(line)["event"] for line in process.output.splitlines()]
    ends = [logged.index(event) for event in ("api_stopping", "worker_stopping")]
    assert ends == sorted(ends)

    await process.start()
    for candidate in (asked, late):
        await phone.until_prompted("whatsapp", candidate["id"])
        await core.until_state(candidate["id"], "prompted")
        assert len(await phone.prompt_attempts("whatsapp", candidate["id"])) == 1


async def test_stopped_under_load_nothing_accepted_is_lost_and_nobody_is_asked_twice(
    one_stack: tuple[Stack, Process],
) -> None:
    stack, process = one_stack
    owners = [Owner() for _ in range(30)]
    drafts = [draft(owner, owner_imessage=None) for owner in owners]
    posting = [asyncio.create_task(stack.core.post(each)) for each in drafts]
    await until(lambda: any(post.done() for post in posting))
    assert await process.stop() == 0
    answered = await asyncio.gather(*posting, return_exceptions=True)
    await process.start()

    accepted = [each for each, answer in zip(drafts, answered, strict=True) if getattr(answer, "status_code", 0) == 202]
    assert accepted
    for each in drafts:
        expected = {"duplicate"} if each in accepted else {"accepted", "duplicate"}
        assert (await stack.core.post(each)).json()["status"] in expected
    for each in drafts:
        await stack.phone.until_prompted("whatsapp", each["id"])
        assert len(await stack.phone.prompt_attempts("whatsapp", each["id"])) == 1


async def test_process_told_to_stop_twice_exits_at_once(one_stack: tuple[Stack, Process], owner: Owner) -> None:
    stack, process = one_stack
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=15)
    candidate = await stack.core.accepted(owner)
    await until(lambda: stack.phone.prompt_attempts("whatsapp", candidate["id"]))
    first = asyncio.create_task(process.stop())
    await until(lambda: "worker_stopping" in process.output)
    told_again_at = time.monotonic()
    assert await process.stop() == await first == 1
    assert time.monotonic() - told_again_at < 8, "the send takes fifteen seconds"
    await process.start()


async def test_process_that_starts_without_temporal_serves_and_its_worker_waits(
    one_stack: tuple[Stack, Process], owner: Owner
) -> None:
    stack, process = one_stack
    refused = draft(owner)
    await process.stop()
    await stack.temporal.kill()
    healthz, latch = f"{stack.gateway_url}/healthz", f"{stack.gateway_url}/readyz?latched=true"
    late = Process.python("-m", "standalone", environment=stack.environment, ready=lambda: answers(healthz))
    try:
        await late.start()
        answer = await stack.core.post(refused)
        await until(lambda: "engine_unavailable" in late.output)
        was_ready = await answers(latch)
        await stack.temporal.start()
        await until(lambda: "worker_started" in late.output)
        await until(lambda: answers(latch))
        await until(lambda: stack.core.post(refused), lambda posted: posted.status_code == 202)
        await stack.phone.until_prompted("whatsapp", refused["id"])
    finally:
        await late.kill()
        await process.start()

    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    assert not was_ready
    assert "Traceback" not in late.output


async def test_process_continues_without_a_restart_after_an_outage_of_temporal(
    one_stack: tuple[Stack, Process], owner: Owner
) -> None:
    stack, process = one_stack
    asked, pid = await stack.core.accepted(owner), process.pid
    await stack.core.until_state(asked["id"], "prompted")
    await stack.temporal.kill()
    try:
        answer = await stack.core.post(draft(owner))
        alive = await stack.core.http.get("/healthz")
    finally:
        await stack.temporal.start()

    async def ready() -> bool:
        return (await stack.core.http.get("/readyz")).is_success

    assert (answer.status_code, alive.status_code) == (503, 200)
    await until(ready)
    await stack.phone.says("whatsapp", owner, f"approve {asked['id']}")
    assert (await stack.phone.until_decided(asked["id"]))["decision"] == "approved"
    assert (process.pid, process.ended_by_itself) == (pid, False)


async def test_traces_name_the_edge_or_the_worker(one_stack: tuple[Stack, Process], owner: Owner) -> None:
    stack, process = one_stack
    with collecting() as collector:
        await process.restart(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        candidate = await stack.core.accepted(owner)
        await stack.phone.until_prompted("whatsapp", candidate["id"])
        await process.restart(OTEL_EXPORTER_OTLP_ENDPOINT="")

    services = collector.services()
    assert "POST /candidate" in services["approval-gateway-api"]
    assert "RunActivity:send_message" in services["approval-gateway-worker"]
    (trace,) = {span.trace_id for span in collector.spans if span.name == "POST /candidate"}
    assert "RunActivity:send_message" in {span.name for span in collector.spans if span.trace_id == trace}


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({}, 1, "HOST, PORT: cannot listen on port"),
        ({"TEMPORAL_ADDRESS": "http://["}, 2, "Temporal's settings cannot be used: TEMPORAL_ADDRESS"),
        ({"WEBHOOK_SIGNING_SECRET": ""}, 2, "WEBHOOK_SIGNING_SECRET"),
    ],
)
async def test_failed_start_ends_with_one_line_and_its_exit_code(
    one_stack: tuple[Stack, Process], change: dict[str, str], code: int, says: str
) -> None:
    stack, _ = one_stack
    ended, output = await run_python("-m", "standalone", environment={**stack.environment, **change})

    assert ended == code
    assert says in output
    assert "Traceback" not in output
