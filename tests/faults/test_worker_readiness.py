"""A process is ready once it has polled, or reached, Temporal since its start, and stays ready."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling

from engine.task_queues import KINDS
from tests.harness.edges import another_edge
from tests.harness.processes import Process, free_port, run_python, until
from tests.harness.stack import Stack, answers, dynamic_config, environment, worker_process
from tools.dev import temporal_command

READY, NOT_READY = (200, 0), (503, 1)
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
        ready = await readiness(settings)
    finally:
        await worker.kill()
        await temporal.kill()

    assert ready == NOT_READY
    assert "worker_ready" not in worker.output


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
