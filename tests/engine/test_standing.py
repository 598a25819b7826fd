"""A process logs once that Temporal does not serve it, and once that this is over."""

import asyncio

import httpx
import pytest
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal import sdk_metrics
from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError
from engine.calls import engine_call, state_of
from engine.standing import EngineStanding
from tests.harness.refusals import refusing
from tests.harness.rows import each_row


class SteppedClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_each_state_is_logged_once_until_it_is_over_and_counted_each_time() -> None:
    hands, served = SteppedClock(), sdk_metrics.loopback_runtime()
    standing = EngineStanding(hands)
    standing.count_by(served.runtime.metric_meter)

    with capture_logs() as said:
        standing.served()
        for _ in range(3):
            standing.met(EngineState.THROTTLED, "RESOURCE_EXHAUSTED: namespace rate limit exceeded")
            standing.met(EngineState.AWAY, "UNAVAILABLE: connection refused")
            hands.seconds += 5
            standing.served()
        hands.seconds += 5
        standing.served()
        standing.served()
        standing.met(EngineState.AWAY, "UNAVAILABLE: connection refused")

    assert [(line["event"], line.get("state") or line["after"]) for line in said] == [
        ("engine_unavailable", "throttled"),
        ("engine_unavailable", "away"),
        ("engine_available", ["away", "throttled"]),
        ("engine_unavailable", "away"),
    ]
    assert said[0]["reason"] == "RESOURCE_EXHAUSTED: namespace rate limit exceeded"
    async with httpx.AsyncClient() as http:
        metrics = await sdk_metrics.fetch(http, served.url)
    counted = {state: f'gateway_engine_unavailable_total{{state="{state}"}} ' for state in EngineState}
    assert counted[EngineState.THROTTLED] + "3" in metrics
    assert counted[EngineState.AWAY] + "4" in metrics
    assert counted[EngineState.SLOW] + "0" in metrics


STATES = {
    (RPCStatusCode.UNAVAILABLE, "connection refused"): EngineState.AWAY,
    (RPCStatusCode.UNAVAILABLE, "Unable to get namespace x info: namespace rate limit exceeded"): EngineState.THROTTLED,
    (RPCStatusCode.DEADLINE_EXCEEDED, ""): EngineState.SLOW,
    (RPCStatusCode.RESOURCE_EXHAUSTED, "namespace rate limit exceeded"): EngineState.THROTTLED,
    (RPCStatusCode.UNAUTHENTICATED, "no key"): EngineState.UNAUTHENTICATED,
    (RPCStatusCode.PERMISSION_DENIED, "Request unauthorized."): EngineState.FORBIDDEN,
    (RPCStatusCode.NOT_FOUND, "Namespace x is not found."): EngineState.NO_NAMESPACE,
    (RPCStatusCode.INVALID_ARGUMENT, "Namespace x has no mapping defined for search attribute Number"): (
        EngineState.UNPREPARED
    ),
    (RPCStatusCode.INVALID_ARGUMENT, "Blob data size exceeds limit."): EngineState.TOO_LARGE,
    (RPCStatusCode.INVALID_ARGUMENT, "search attribute Owner value size 3000 exceeds size limit 2048"): (
        EngineState.TOO_LARGE
    ),
    (RPCStatusCode.INTERNAL, "shard closed"): EngineState.REFUSING,
    (RPCStatusCode.UNKNOWN, "transport error"): EngineState.AWAY,
    (RPCStatusCode.UNKNOWN, "something else"): EngineState.REFUSING,
    (RPCStatusCode.CANCELLED, "operation was canceled"): EngineState.AWAY,
    (RPCStatusCode.CANCELLED, "Timeout expired"): EngineState.SLOW,
    (RPCStatusCode.INVALID_ARGUMENT, "Invalid NextPageToken."): None,
    (RPCStatusCode.ALREADY_EXISTS, "Workflow execution is already running."): None,
}


@each_row(STATES)
def test_status_of_a_call_shows_the_state_of_temporal(status: RPCStatusCode, message: str) -> None:
    assert state_of(RPCError(message, status, b"")) == STATES[status, message]


async def test_only_a_call_that_is_not_served_is_an_outage_with_its_state() -> None:
    with pytest.raises(EngineUnavailableError) as away:
        async with engine_call():
            raise RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")
    assert (away.value.state, str(away.value)) == (EngineState.AWAY, EngineState.AWAY.traits.words)

    with pytest.raises(RPCError):
        async with engine_call():
            raise RPCError("Invalid NextPageToken.", RPCStatusCode.INVALID_ARGUMENT, b"")


async def test_refused_connection_has_the_state_of_its_status() -> None:
    """With a wrong key, for example, the SDK's first call fails, and not with an RPCError."""
    async with refusing(RPCStatusCode.UNAUTHENTICATED, passed=0) as refusals:
        client = await Client.connect(refusals.address, lazy=True)
        with pytest.raises(EngineUnavailableError) as refused:
            async with engine_call():
                await client.count_workflows()

    assert refused.value.state is EngineState.UNAUTHENTICATED


async def test_connection_that_is_closed_at_once_is_an_outage_and_no_refusal() -> None:
    """A balancer without servers does this; the SDK calls it unknown, cancelled or unavailable."""
    balancer = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    client = await Client.connect(f"127.0.0.1:{balancer.sockets[0].getsockname()[1]}", lazy=True)
    states = []
    for _ in range(5):
        with pytest.raises(EngineUnavailableError) as lost:
            async with engine_call():
                await client.service_client.check_health()
        states.append(lost.value.state)
    balancer.close()

    assert states == [EngineState.AWAY] * 5
