"""A process is ready once it has polled, or reached, Temporal since its start, and stays ready."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling

from domain.engine_states import EngineState
from engine.task_queues import KINDS
from tests.harness.authorizer import authorizing, by_key
from tests.harness.edges import another_edge
from tests.harness.processes import Process, free_port, run_python, until
from tests.harness.scrape import scrape
from tests.harness.stack import (
    Stack,
    answers,
    dynamic_config,
    environment,
    register_search_attributes,
    standalone_process,
    worker_process,
)
from tools.dev import temporal_command

READY, NOT_READY = (200, 0), (503, 1)
CHECKS = 8
"""Those of a worker that is refused, in 40 s; every 30 s it makes another call, which succeeds."""

POLLERS = PollerBehaviorAutoscaling().initial
NO_POLL = "frontend.namespaceCount=0"
"""The limit of a namespace's open polls.

Temporal answers all other requests, as it does for a key that can only read.
"""


def with_metrics(settings: Mapping[str, str]) -> dict[str, str]:
    return {**settings, "METRICS_PORT": str(free_port())}


async def readiness(settings: Mapping[str, str]) -> tuple[int, int]:
    """Asks as a platform does, and as the image's health check does."""
    async with httpx.AsyncClient() as http:
        status = (await http.get(f"http://127.0.0.1:{settings['METRICS_PORT']}/readyz")).status_code
    code, _ = await run_python("-m", "worker.health", environment=settings)
    return status, code


async def polls_tried_again(settings: Mapping[str, str]) -> set[str]:
    """Returns the kinds of polls that were repeated.

    Without refusals, each poller has one open poll, which lasts a minute.
    """
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"http://127.0.0.1:{settings['METRICS_PORT']}/metrics")).text
    tried = re.findall(r'temporal_long_request_total\{.*operation="(Poll\w+)".*\} (\d+)', metrics)
    return {operation for operation, count in tried if int(count) > POLLERS}


async def refusals_counted(settings: Mapping[str, str]) -> float:
    scraped = await scrape(f"http://127.0.0.1:{settings['METRICS_PORT']}/metrics")
    return scraped.value("gateway_engine_unavailable_total", state=EngineState.THROTTLED)


def said(worker: Process) -> list[str]:
    """Returns what the worker logged about Temporal."""
    lines = [json.loads(line) for line in worker.output.splitlines()]
    about = [line for line in lines if line["event"].startswith("engine_")]
    return [f"{line['event']}: {line.get('reason') or line.get('after')}" for line in about]


async def test_worker_is_ready_once_it_polls_and_still_serves_its_metrics(shared_stack: Stack) -> None:
    ready = shared_stack.worker_metrics_url.replace("/metrics", "/readyz")
    await until(lambda: answers(ready))

    async with httpx.AsyncClient() as http:
        whole, head = await http.get(ready), await http.head(f"{ready}?probe=1")
        metrics = await http.get(shared_stack.worker_metrics_url)

    assert (head.status_code, head.content, head.headers) == (200, b"", whole.headers)
    assert "temporal_worker_task_slots_available" in metrics.text


async def test_worker_stays_ready_without_temporal_and_one_that_starts_then_is_not_until_it_polls(
    own_stack: Stack,
) -> None:
    veteran, novice = [with_metrics(own_stack.environment) for _ in range(2)]
    workers = worker_process(veteran), Process.python("-m", "worker", environment=novice, ready="engine_unavailable")
    try:
        await workers[0].start()
        await until(lambda: readiness(veteran), lambda ready: ready == READY)
        await own_stack.temporal.kill()
        try:
            await workers[1].start()
            meanwhile = [await readiness(veteran), await readiness(novice)]
        finally:
            await own_stack.temporal.start()
        await until(lambda: readiness(novice), lambda ready: ready == READY)
    finally:
        for worker in workers:
            await worker.kill()

    assert meanwhile == [READY, NOT_READY]


async def test_worker_whose_polls_are_refused_is_not_ready(tmp_path: Path) -> None:
    settings = with_metrics(environment(PHOTON_BASE_URL=""))
    port = int(settings["TEMPORAL_ADDRESS"].rpartition(":")[2])
    command = [*temporal_command(port, None, tmp_path), *dynamic_config(NO_POLL)]
    temporal = Process(command, {}, ready=lambda: connected(settings))
    worker = worker_process(settings)
    try:
        await temporal.start()
        await worker.start()
        await until(lambda: polls_tried_again(settings), lambda tried: len(tried) == len(KINDS))
        await until(lambda: refusals_counted(settings))
        ready = await readiness(settings)
    finally:
        await worker.kill()
        await temporal.kill()

    assert ready == NOT_READY
    assert said(worker) == ["engine_unavailable: RESOURCE_EXHAUSTED: namespace concurrent poller limit exceeded"]
    assert "worker_ready" not in worker.output


async def test_one_process_whose_polls_are_refused_is_not_ready_although_its_edge_reaches_temporal(
    own_stack: Stack, tmp_path: Path
) -> None:
    settings = environment(PHOTON_BASE_URL="", REDIS_URL=own_stack.environment["REDIS_URL"])
    port = int(settings["TEMPORAL_ADDRESS"].rpartition(":")[2])
    refusing = Process(
        [*temporal_command(port, None, tmp_path), *dynamic_config(NO_POLL)], {}, ready=lambda: connected(settings)
    )
    process = standalone_process(settings)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings['PORT']}", timeout=15) as edge:
        try:
            await refusing.start()
            await register_search_attributes(settings)
            await process.start()
            await until(lambda: edge.get("/readyz"), lambda answer: answer.json()["dependencies"]["temporal"] == "ok")
            answer = await edge.get("/readyz?latched=true")
        finally:
            await process.kill()
            await refusing.kill()

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "has not polled" in answer.json()["dependencies"]["temporal"]


@pytest.mark.timeout(300)
async def test_worker_logs_one_line_when_its_polls_are_refused_and_one_when_they_work_again(stack: Stack) -> None:
    """Meanwhile it keeps the subscription alive: its other calls succeed."""
    async with authorizing(stack.environment["TEMPORAL_ADDRESS"], {"key": "default:write"}) as authorizer:
        settings = with_metrics({**stack.environment, **by_key(authorizer, "key")})
        worker = worker_process(settings)
        try:
            await worker.start()
            await until(lambda: "worker_ready" in worker.output)
            authorizer.polls_refused = True
            await until(lambda: refusals_counted(settings), lambda count: count > CHECKS, within=200)
            authorizer.polls_refused = False
            await until(lambda: "engine_available" in worker.output, within=60)
        finally:
            await worker.kill()

    assert said(worker) == [
        "engine_unavailable: RESOURCE_EXHAUSTED: namespace concurrent poller limit exceeded",
        "engine_available: ['throttled']",
    ]


@pytest.mark.parametrize("latched", ["true", "false"])
async def test_edge_that_has_reached_temporal_once_stays_ready_for_a_latched_request(
    own_stack: Stack, latched: str
) -> None:
    asked = f"/readyz?latched={latched}"
    async with another_edge(own_stack) as novice:
        before = await own_stack.core.http.get(asked)
        await own_stack.temporal.kill()
        try:
            await until(lambda: own_stack.core.http.get("/readyz"), lambda answer: not answer.is_success)
            meanwhile = [(await edge.get(asked)).status_code for edge in (own_stack.core.http, novice)]
        finally:
            await own_stack.temporal.start()
        await until(lambda: novice.get(asked), lambda answer: answer.is_success)

    assert before.status_code == 200
    assert meanwhile == [200 if latched == "true" else 503, 503]


async def connected(settings: Mapping[str, str]) -> Client | None:
    try:
        return await Client.connect(settings["TEMPORAL_ADDRESS"])
    except RuntimeError:
        return None
