"""A Temporal whose authorizer refuses what the gateway's key needs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import httpx
import pytest

from domain.engine_states import EngineState
from tests.harness.authorizer import Authorizer, authorizing, by_key
from tests.harness.core import draft
from tests.harness.phone import Owner
from tests.harness.processes import Process, free_port, until
from tests.harness.stack import CORE_SECRET, Stack, api_process, worker_process

CLAIMS = {"good": "default:write", "of another namespace": "another:write", "read-only": "default:read"}
REFUSED = ["of another namespace", "read-only", "revoked", ""]
AS_A_READER_READS_IT = ["PERMISSION_DENIED: Request unauthorized.", [EngineState.FORBIDDEN]]
UNKNOWN_TO_THE_SERVER = grpc.StatusCode.PERMISSION_DENIED, "Request unauthorized."
UNKNOWN_TO_A_PROXY = grpc.StatusCode.UNAUTHENTICATED, "Jwt is expired"


@pytest.fixture
async def authorizer(stack: Stack) -> AsyncIterator[Authorizer]:
    async with authorizing(stack.environment["TEMPORAL_ADDRESS"], CLAIMS) as authorizer:
        yield authorizer


def settings_for(stack: Stack, authorizer: Authorizer, key: str) -> dict[str, str]:
    ports = {"PORT": str(free_port()), "METRICS_PORT": str(free_port())}
    return {**stack.environment, **by_key(authorizer, key), **ports}


async def test_edge_reports_a_refused_key_until_it_is_accepted(stack: Stack, authorizer: Authorizer) -> None:
    edges = await asyncio.gather(*(refused_edge(stack, authorizer, key) for key in REFUSED))

    for key, (ready, posted, metrics, log) in zip(REFUSED, edges, strict=True):
        assert (key, ready.status_code, posted.status_code) == (key, 503, 503)
        assert ready.json()["dependencies"]["temporal"] == EngineState.FORBIDDEN.traits.words
        assert int(posted.headers["Retry-After"]) > 0
        assert refused_calls(metrics, EngineState.FORBIDDEN) > 0
        assert events(log) == ["api_started", "engine_unavailable", "candidate_accepted", "engine_available"], key
        assert said(log, "engine_") == AS_A_READER_READS_IT, key
        assert "Traceback" not in log


async def refused_edge(
    stack: Stack, authorizer: Authorizer, key: str
) -> tuple[httpx.Response, httpx.Response, httpx.Response, str]:
    """Returns the edge's readiness, its answer to a post, its metrics and its log.

    The log includes the time after the key gets write access.
    """
    settings = settings_for(stack, authorizer, key)
    api = api_process(settings)
    try:
        await api.start()
        async with edge_at(settings) as edge:
            ready, posted = await edge.get("/readyz"), await edge.post("/candidate", json=draft(Owner()))
            await asyncio.gather(*(edge.post("/candidate", json=draft(Owner())) for _ in range(10)))
            metrics = await edge.get("/metrics")
            authorizer.claims[key] = "default:write"
            await until(lambda: edge.get("/readyz"), lambda ready: ready.is_success)
            assert (await edge.post("/candidate", json=draft(Owner()))).status_code == httpx.codes.ACCEPTED
            await until(lambda: says_it_is_over(edge, api))
    finally:
        await api.kill()
    return ready, posted, metrics, api.output


async def test_readiness_that_many_ask_for_costs_temporal_next_to_nothing(stack: Stack, authorizer: Authorizer) -> None:
    settings = settings_for(stack, authorizer, "good")
    api = api_process(settings)
    try:
        await api.start()
        async with edge_at(settings) as edge:
            began = time.monotonic()
            for _ in range(5):
                answers = await asyncio.gather(*(edge.get("/readyz") for _ in range(20)))
                assert {answer.status_code for answer in answers} == {httpx.codes.OK}
            elapsed = time.monotonic() - began
    finally:
        await api.kill()

    assert authorizer.calls["Check"] <= 1 + elapsed / 3
    for method in ("DescribeNamespace", "SignalWorkflowExecution", "ListSearchAttributes"):
        assert 1 <= authorizer.calls[method] <= 1 + elapsed / 3, method


def edge_at(settings: Mapping[str, str]) -> httpx.AsyncClient:
    url, headers = f"http://127.0.0.1:{settings['PORT']}", {"Authorization": f"Bearer {CORE_SECRET}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=15)


async def says_it_is_over(edge: httpx.AsyncClient, api: Process) -> bool:
    await edge.get("/readyz")
    return "engine_available" in api.output


async def test_worker_logs_one_line_and_waits_until_its_refused_key_is_accepted(
    stack: Stack, authorizer: Authorizer
) -> None:
    logs = await asyncio.gather(*(refused_worker(stack, authorizer, key) for key in REFUSED))

    for key, log in zip(REFUSED, logs, strict=True):
        assert said(log, "engine_") == AS_A_READER_READS_IT, key
        assert "Traceback" not in log


async def refused_worker(stack: Stack, authorizer: Authorizer, key: str) -> str:
    """Returns the log of a worker that waits until its key gets write access."""
    settings = settings_for(stack, authorizer, key)
    worker = Process.python("-m", "worker", environment=settings, ready="engine_unavailable")
    try:
        await worker.start()
        assert (key, said(worker.output)) == (key, AS_A_READER_READS_IT[:1])
        authorizer.claims[key] = "default:write"
        await until(lambda: "worker_ready" in worker.output and "engine_available" in worker.output)
        return worker.output
    finally:
        await worker.kill()


@pytest.mark.parametrize(
    ("unknown", "state"),
    [(UNKNOWN_TO_THE_SERVER, EngineState.FORBIDDEN), (UNKNOWN_TO_A_PROXY, EngineState.UNAUTHENTICATED)],
    ids=["revoked", "expired"],
)
async def test_key_that_expires_while_the_gateway_runs_logs_one_line_and_its_return_another(
    stack: Stack, authorizer: Authorizer, unknown: tuple[grpc.StatusCode, str], state: EngineState
) -> None:
    authorizer.unknown = unknown
    settings = settings_for(stack, authorizer, "good")
    worker, api = worker_process(settings), api_process(settings)
    try:
        await asyncio.gather(worker.start(), api.start())
        async with edge_at(settings) as edge:
            assert (await edge.get("/readyz")).is_success
            key = authorizer.claims.pop("good")
            await until(lambda: "engine_unavailable" in worker.output)
            metrics = await edge.get(f"http://127.0.0.1:{settings['METRICS_PORT']}/metrics")
            posted = await edge.post("/candidate", json=draft(Owner()))
            ready = await until(lambda: edge.get("/readyz"), lambda ready: not ready.is_success)

            authorizer.claims["good"] = key
            await until(lambda: "engine_available" in worker.output)
            await until(lambda: says_it_is_over(edge, api))
            assert (await edge.post("/candidate", json=draft(Owner()))).status_code == httpx.codes.ACCEPTED
    finally:
        await worker.kill()
        await api.kill()

    assert refused_calls(metrics, state) > 0
    assert (posted.status_code, int(posted.headers["Retry-After"]) > 0) == (503, True)
    assert ready.json()["dependencies"]["temporal"] == state.traits.words
    assert events(api.output) == ["api_started", "engine_unavailable", "engine_available", "candidate_accepted"]
    for log in (worker.output, api.output):
        assert said(log, "engine_") == [f"{unknown[0].name}: {unknown[1]}", [state]]
        assert "Traceback" not in log


def refused_calls(metrics: httpx.Response, state: EngineState) -> float:
    series = f'gateway_engine_unavailable_total{{state="{state}"}} '
    [line] = [line for line in metrics.text.splitlines() if line.startswith(series)]
    return float(line.removeprefix(series))


def events(log: str) -> list[str]:
    return [json.loads(line)["event"] for line in log.splitlines()]


def said(log: str, about: str = "") -> list[Any]:
    """Returns the reasons in the lines about an event: why it began, and what ended."""
    lines = [json.loads(line) for line in log.splitlines()]
    return [line.get("reason") or line.get("after") for line in lines if line["event"].startswith(about)]
