"""What `python -m tools.doctor` finds at an edge that refuses its requests."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from temporalio.service import RPCStatusCode

from domain.engine_states import EngineState
from tests.harness.edges import another_edge
from tests.harness.refusals import refusing
from tests.harness.stack import Stack, load
from tools.doctor import edge_checks
from tools.doctor.findings import Finding, Health


async def found(edge: httpx.AsyncClient, stack: Stack, **headers: str) -> dict[str, Finding]:
    here = {**stack.environment, "PUBLIC_BASE_URL": str(edge.base_url).rstrip("/")}
    async with httpx.AsyncClient(headers=headers, timeout=15) as http:
        return {finding.check: finding async for finding in edge_checks.check(load(here), http)}


@pytest.fixture
async def limited_edge(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with another_edge(stack, CLIENT_REQUESTS_PER_MIN="1", PUBLIC_BASE_URL="") as edge:
        yield edge


async def test_exhausted_limit_is_reported_as_such(stack: Stack, limited_edge: httpx.AsyncClient) -> None:
    findings = await found(limited_edge, stack, **{"X-Forwarded-For": f"2001:db8:{uuid4().hex[:4]}:1::1"})

    assert findings["public_url.core_secret"].health is Health.OK
    assert findings["public_url.proxy"].health is Health.OK
    for check in ("public_url.signature", "public_url.reports", "public_url.imessage"):
        assert findings[check].health is Health.PROBLEM
        assert "429: too many requests from this address" in findings[check].says
        assert "CLIENT_REQUESTS_PER_MIN" in findings[check].fix
        assert "Temporal" not in findings[check].says + findings[check].fix


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (RPCStatusCode.RESOURCE_EXHAUSTED, EngineState.THROTTLED),
        (RPCStatusCode.UNAUTHENTICATED, EngineState.UNAUTHENTICATED),
    ],
)
async def test_refusal_of_temporal_is_reported_in_the_words_of_the_edge(
    stack: Stack, status: RPCStatusCode, state: EngineState
) -> None:
    async with (
        refusing(status, passed=1) as refusals,
        another_edge(stack, TEMPORAL_ADDRESS=refusals.address, PUBLIC_BASE_URL="") as edge,
    ):
        findings = await found(edge, stack)

    assert findings["public_url.core_secret"].health is Health.PROBLEM
    assert f"503: {state.traits.words}" in findings["public_url.core_secret"].says


async def test_address_that_the_edge_sees_is_for_core_only(stack: Stack) -> None:
    wrong = {"Authorization": f"Bearer {uuid4().hex}"}

    async with httpx.AsyncClient(base_url=stack.gateway_url) as http:
        strangers = [await http.get("/", headers=headers) for headers in ({}, wrong)]
    core = await stack.core.http.get("/")

    assert [answer.headers.get("X-Seen-Caller") for answer in strangers] == [None, None]
    assert core.headers["X-Seen-Caller"] == "http 127.0.0.1"
    assert {answer.status_code for answer in (*strangers, core)} == {200}
