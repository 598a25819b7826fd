"""The state of each dependency: "ok", "off" or a problem."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import httpx
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.health.sidecar_replies import SidecarReplies
from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError, RedisUnavailableError
from engine.calls import engine_call, unavailable
from engine.runs_served import try_to_signal

OK = "ok"
OFF = "off"
VITAL = "temporal"
"""The dependency without which no request can succeed."""

_NAMESPACE_KEPT = timedelta(seconds=3)
_LIMIT_KEPT = timedelta(seconds=3)
_PERMISSION_KEPT = timedelta(seconds=30)
_HEALTH = timedelta(seconds=2)
"""If Temporal takes longer to answer a health check, it counts as away; other calls can be slow."""
_ASKED = timedelta(seconds=0.9)


@dataclass(frozen=True)
class State:
    words: str = OK
    is_ready: bool = True
    """Whether the edge can serve requests in this state."""


Probe = Callable[[], Awaitable[State]]

_NO_POLL = State("the worker has not polled Temporal since its start", is_ready=False)


def temporal(client: Client) -> Probe:
    """Checks Temporal's health, the gateway's namespace and the permission to write.

    The namespace is checked at most every 3 s, the permission every 30 s.
    """
    namespace = _Kept(_NAMESPACE_KEPT, partial(_asked, partial(_describe_namespace, client)))
    permission = _Kept(_PERMISSION_KEPT, partial(_asked, partial(try_to_signal, client)))

    async def probe() -> State:
        health = await _asked(partial(_check_health, client), _HEALTH * 2)
        if health != State():
            return health
        served = await namespace()
        return await permission() if served == State() else served

    return probe


async def _asked(ask: Callable[[], Awaitable[object]], within: timedelta = _ASKED) -> State:
    try:
        async with engine_call(within):
            await ask()
    except EngineUnavailableError as error:
        return State(str(error), is_ready=error.state.traits.is_ready)
    except RPCError as error:
        return State(f"refuses: {error.status.name}", is_ready=False)
    return State()


async def _check_health(client: Client) -> None:
    try:
        async with asyncio.timeout(_HEALTH.total_seconds()):
            is_serving = await client.service_client.check_health()
    except TimeoutError as error:
        raise unavailable(EngineState.AWAY, "no answer to a health check") from error
    if not is_serving:
        raise unavailable(EngineState.REFUSING, "its health check reports that it is not serving")


async def _describe_namespace(client: Client) -> None:
    await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))


class _Kept:
    """A probe with a cached answer.

    A problem is cached for at most 3 s, because it might pass soon.
    """

    def __init__(self, kept: timedelta, probe: Probe) -> None:
        self._kept, self._probe = kept.total_seconds(), probe
        self._answer: State | None = None
        self._asked_at = 0.0

    async def __call__(self) -> State:
        kept = self._kept if self._answer == State() else min(self._kept, _NAMESPACE_KEPT.total_seconds())
        if self._answer is None or time.monotonic() - self._asked_at > kept:
            self._answer = await self._probe()
            self._asked_at = time.monotonic()
        return self._answer


def once(probe: Probe) -> Probe:
    """Returns a probe that stops asking after the first "ok"."""
    was_well = False

    async def asking() -> State:
        nonlocal was_well
        if was_well:
            return State()
        state = await probe()
        was_well = state == State()
        return state

    return asking


def with_worker(probe: Probe, has_polled: Callable[[], bool]) -> Probe:
    """Returns a probe that also waits for the worker in the edge's own process."""

    async def both() -> State:
        state = await probe()
        return state if has_polled() or state != State() else _NO_POLL

    return both


def redis(check: Callable[[], Awaitable[None]]) -> Probe:
    async def probe() -> State:
        try:
            await check()
        except RedisUnavailableError as error:
            return State(str(error))
        return State()

    return probe


def client_limit(check: Callable[[], Awaitable[None]]) -> Probe:
    """Checks that Redis counts requests per client, at most every 3 s, because the check writes."""
    return _Kept(_LIMIT_KEPT, redis(check))


def sidecar(http: httpx.AsyncClient, base_url: str | None, replies: SidecarReplies) -> Probe:
    """Checks the sidecar's health, and whether it calls with a secret that this process rejects."""

    async def probe() -> State:
        if base_url is None:
            return State(OFF)
        try:
            response = await http.get(f"{base_url}/health")
        except httpx.HTTPError as error:
            return State(f"does not answer: {type(error).__name__}")
        return State((replies.problem() or OK) if response.is_success else f"answers {response.status_code}")

    return probe


def switch(*, on: bool) -> Probe:
    """Returns a probe that shows only whether Twilio's credentials are set; Twilio is not asked."""

    async def probe() -> State:
        return State(OK if on else OFF)

    return probe


def stated(state: Callable[[], str]) -> Probe:
    """Returns a state that this process knows without asking."""

    async def probe() -> State:
        return State(state())

    return probe
