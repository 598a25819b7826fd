"""Temporal refuses the gateway: its namespace is missing, or a proxy rejects its requests."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.service import RPCStatusCode

from domain.engine_states import EngineState
from tests.harness.core import Core, draft
from tests.harness.edges import another_edge, twilio_posts
from tests.harness.phone import Owner
from tests.harness.processes import Process, free_port, run_python, until
from tests.harness.refusals import refusing
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack, api_process
from workflows import search_attributes

CORE = {"Authorization": f"Bearer {CORE_SECRET}"}
NO_ANSWERS = {
    RPCStatusCode.FAILED_PRECONDITION: EngineState.REFUSING,
    RPCStatusCode.UNIMPLEMENTED: EngineState.REFUSING,
    RPCStatusCode.PERMISSION_DENIED: EngineState.FORBIDDEN,
    RPCStatusCode.UNAUTHENTICATED: EngineState.UNAUTHENTICATED,
    RPCStatusCode.NOT_FOUND: EngineState.NO_NAMESPACE,
    RPCStatusCode.DATA_LOSS: EngineState.REFUSING,
    RPCStatusCode.INVALID_ARGUMENT: EngineState.REFUSING,
    RPCStatusCode.ALREADY_EXISTS: EngineState.REFUSING,
    RPCStatusCode.RESOURCE_EXHAUSTED: EngineState.THROTTLED,
}
ASKED_BEFORE_IT_SERVES = 4
"""The requests for the connection, the namespace, the task queue and a run."""
WITHOUT_IMESSAGE = {"PHOTON_BASE_URL": "", "PHOTON_TO": ""}


@pytest.fixture
def namespace() -> str:
    return f"unheard-of-{uuid4().hex[:8]}"


async def answers(edge: httpx.AsyncClient, owner: Owner) -> list[httpx.Response]:
    """Sends every kind of request that needs Temporal."""
    status_path = "/webhooks/whatsapp/status/cr_1/1-1"
    given = await asyncio.gather(
        edge.post("/candidate", json=draft(owner), headers=CORE),
        edge.get("/candidate/cr_1", headers=CORE),
        edge.get("/activity", params={"brand_id": "b_1"}, headers=CORE),
        edge.post(
            "/webhooks/imessage",
            json={"from": owner.imessage, "text": "approve cr_1"},
            headers={"Authorization": f"Bearer {PHOTON_SECRET}"},
        ),
        twilio_posts(edge, [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", "approve cr_1")]),
        twilio_posts(edge, [("MessageSid", f"SM{uuid4().hex}"), ("MessageStatus", "failed")], path=status_path),
    )
    return list(given)


def refused(response: httpx.Response) -> bool:
    return response.status_code == 503 and int(response.headers["Retry-After"]) > 0


def says(state: EngineState, ready: httpx.Response) -> bool:
    """An answer at /readyz is kept for some seconds."""
    return bool(ready.json()["dependencies"]["temporal"] == state.traits.words)


async def test_status_that_is_not_about_the_request_is_an_outage(stack: Stack, owner: Owner) -> None:
    async with (
        refusing(next(iter(NO_ANSWERS)), passed=1) as refusals,
        another_edge(stack, TEMPORAL_ADDRESS=refusals.address, PUBLIC_BASE_URL="") as edge,
    ):
        for status, state in NO_ANSWERS.items():
            refusals.status = status
            given = await answers(edge, owner)
            assert [answer.status_code for answer in given if not refused(answer)] == [], status
            ready = await until(lambda: edge.get("/readyz"), partial(says, state))
            assert ready.is_success == state.traits.is_ready, status
            assert f'gateway_engine_unavailable_total{{state="{state}"}} 0\n' not in (await edge.get("/metrics")).text


async def test_edge_is_ready_for_its_platform_once_temporal_only_limits_it(stack: Stack) -> None:
    async with (
        refusing(RPCStatusCode.PERMISSION_DENIED, passed=1) as refusals,
        another_edge(stack, TEMPORAL_ADDRESS=refusals.address) as edge,
    ):
        assert (await edge.get("/readyz?latched=true")).status_code == httpx.codes.SERVICE_UNAVAILABLE

        refusals.status = RPCStatusCode.RESOURCE_EXHAUSTED
        await until(lambda: edge.get("/readyz?latched=true"), lambda ready: ready.is_success)

        refusals.status = RPCStatusCode.PERMISSION_DENIED
        await until(lambda: edge.get("/readyz"), lambda ready: not ready.is_success)
        assert (await edge.get("/readyz?latched=true")).is_success


async def test_unknown_namespace_is_an_outage_that_the_edge_names_and_that_ends_by_itself(
    stack: Stack, owner: Owner, namespace: str
) -> None:
    async with another_edge(stack, TEMPORAL_NAMESPACE=namespace, PUBLIC_BASE_URL="") as edge:
        given = await answers(edge, owner)
        ready = await edge.get("/readyz")
        assert [answer.status_code for answer in given if not refused(answer)] == []
        assert ready.status_code == 503
        assert "namespace" in ready.json()["dependencies"]["temporal"]

        await set_up(stack, namespace)
        await until(lambda: edge.get("/readyz"), lambda ready: ready.is_success)
        assert (await edge.get("/candidate/cr_1", headers=CORE)).status_code == 404
        assert (await edge.post("/candidate", json=draft(owner), headers=CORE)).status_code == 202


async def test_namespace_from_before_an_attribute_was_added_takes_candidates_once_it_is_set_up_again(
    stack: Stack, owner: Owner, namespace: str
) -> None:
    await set_up(stack, namespace)
    before = RemoveSearchAttributesRequest(namespace=namespace, search_attributes=[search_attributes.NUMBER.name])
    await stack.client.operator_service.remove_search_attributes(before)
    async with another_edge(stack, TEMPORAL_NAMESPACE=namespace) as edge:

        async def posted() -> httpx.Response:
            return await edge.post("/candidate", json=draft(owner), headers=CORE)

        await until(posted, refused)
        ready = await until(lambda: edge.get("/readyz"), partial(says, EngineState.UNPREPARED))
        assert ready.is_success
        assert (
            f'gateway_engine_unavailable_total{{state="{EngineState.UNPREPARED}"}} 0\n'
            not in (await edge.get("/metrics")).text
        )
        _, doctor = await run_python(
            "-m", "tools.doctor", environment={**stack.environment, "TEMPORAL_NAMESPACE": namespace}
        )
        assert f"{EngineState.UNPREPARED.traits.words} (not registered: Number)" in doctor

        await set_up(stack, namespace)
        await until(posted, lambda answer: answer.status_code == httpx.codes.ACCEPTED)
        await until(lambda: edge.get("/readyz"), lambda ready: ready.json()["dependencies"]["temporal"] == "ok")


async def test_worker_logs_one_line_and_waits_for_its_namespace(stack: Stack, owner: Owner, namespace: str) -> None:
    ports = {"PORT": str(free_port()), "METRICS_PORT": str(free_port())}
    settings = {**stack.environment, **WITHOUT_IMESSAGE, "TEMPORAL_NAMESPACE": namespace, **ports}
    worker, api = waiting_worker(settings), api_process(settings)
    try:
        await worker.start()
        assert f"Namespace {namespace} is not found" in one_line(worker)["reason"]
        assert await health_of(settings) == 1

        await set_up(stack, namespace)
        await api.start()
        await until(lambda: has_logged(worker, "worker_started"))
        await until(lambda: health_of(settings), lambda code: code == 0)
        async with Core(f"http://127.0.0.1:{settings['PORT']}", CORE_SECRET) as core:
            candidate = await core.accepted(owner)
            await stack.phone.until_prompted("whatsapp", candidate["id"])
        assert "Traceback" not in worker.output
    finally:
        await worker.kill()
        await api.kill()


@pytest.mark.parametrize("status", [RPCStatusCode.UNAVAILABLE, None], ids=["refuses", "is silent"])
async def test_worker_logs_one_line_and_waits_while_the_frontend_answers_and_history_does_not(
    stack: Stack, status: RPCStatusCode | None
) -> None:
    answered = ASKED_BEFORE_IT_SERVES - 1
    async with refusing(status, passed=answered, again=answered) as refusals:
        settings = {**stack.environment, "TEMPORAL_ADDRESS": refusals.address, "METRICS_PORT": str(free_port())}
        worker = waiting_worker(settings)
        try:
            await worker.start()
            health = await health_of(settings)
            waiting = one_line(worker)
            await worker.stop()
            assert "Traceback" not in worker.output
        finally:
            await worker.kill()

    assert health == 1
    assert status is None or waiting["reason"].startswith("UNAVAILABLE: ")


async def test_worker_that_is_refused_once_it_would_serve_waits_too(stack: Stack) -> None:
    """A new namespace can be known to one of Temporal's servers and not yet to the next."""
    async with refusing(RPCStatusCode.NOT_FOUND, passed=ASKED_BEFORE_IT_SERVES) as refusals:
        settings = {**stack.environment, "TEMPORAL_ADDRESS": refusals.address}
        worker = waiting_worker(settings, until_logged="worker_interrupted")
        try:
            await worker.start()
            await until(lambda: has_logged(worker, "engine_unavailable"))
            assert "Traceback" not in worker.output
        finally:
            await worker.kill()


def waiting_worker(settings: Mapping[str, str], until_logged: str = "engine_unavailable") -> Process:
    """Returns a worker that counts as started once it has logged why it waits."""
    return Process.python("-m", "worker", environment=settings, ready=until_logged)


async def health_of(settings: Mapping[str, str]) -> int:
    code, _ = await run_python("-m", "worker.health", environment=settings)
    return code


def one_line(worker: Process) -> dict[str, Any]:
    (line,) = worker.output.splitlines()
    said: dict[str, Any] = json.loads(line)
    return said


async def has_logged(worker: Process, event: str) -> bool:
    return event in worker.output


async def set_up(stack: Stack, namespace: str) -> None:
    settings = {**stack.environment, "TEMPORAL_NAMESPACE": namespace}
    code, output = await run_python("-m", "tools.setup_temporal", environment=settings)
    assert code == 0, output
