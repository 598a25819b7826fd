"""A Temporal that answers health checks is slow at worst; one that does not is away."""

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from adapters.temporal import connection
from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError, EngineUnreachedError
from engine.calls import engine_call
from engine.health_check import HealthCheck
from engine.standing import STANDING
from tests.harness.stack import Stack


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that says nothing; as for a frozen one, the kernel connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


async def met_by_a_call_that_gets_no_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> EngineState:
    monkeypatch.setattr(STANDING, "check_health", HealthCheck(client))
    with pytest.raises(EngineUnavailableError) as unavailable:
        async with engine_call(timedelta(milliseconds=50)):
            await asyncio.Event().wait()
    return unavailable.value.state


async def test_call_without_an_answer_shows_a_slow_temporal_or_one_that_is_away(
    stack: Stack, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = await Client.connect(silent, lazy=True)

    assert await met_by_a_call_that_gets_no_answer(stack.client, monkeypatch) is EngineState.SLOW
    assert await met_by_a_call_that_gets_no_answer(frozen, monkeypatch) is EngineState.AWAY


async def test_connection_without_an_answer_shows_that_temporal_is_away(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", silent)
    with pytest.raises(EngineUnreachedError) as unreached:
        await connection.connect({}, lazy=False)

    assert unreached.value.state is EngineState.AWAY


async def test_callers_share_a_check_that_began_after_their_calls(silent: str) -> None:
    health = HealthCheck(await Client.connect(silent, lazy=True))
    began = time.monotonic()
    first, *others = await asyncio.gather(*(health(began) for _ in range(20)))

    assert first
    assert all(other is first for other in others)
    assert await health(time.monotonic()) is not first
