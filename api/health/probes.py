"""The state of each dependency: "ok", "off" or a problem."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
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
from engine.calls import engine_call, explained, not_understood, unavailable
from engine.health_check import HealthCheck
from engine.registered_attributes import lacking
from engine.runs_served import try_to_signal
from engine.standing import STANDING

OK = "ok"
OFF = "off"
VITAL = "temporal"
"""The dependency without which no request can succeed."""

_KEPT = timedelta(seconds=3)
"""However often somebody asks, an outage and its end are seen within seconds."""

_WELL_KEPT = timedelta(seconds=30)
"""For what only an operator changes: the namespace, its attributes and a key's permission."""

_ASKED = timedelta(seconds=0.9)
"""For each of these; then Temporal is slow."""


@dataclass(frozen=True)
class State:
    words: str = OK
    is_ready: bool = True
    """Whether the edge can serve requests in this state."""


Probe = Callable[[], Awaitable[State]]

_NO_POLL = State("the worker has not polled Temporal since its start", is_ready=False)


def temporal(client: Client, health: HealthCheck) -> Probe:
    """Checks Temporal's health, the gateway's namespace, its attributes and the right to write.

    Temporal is asked at most every 3 s; while it serves, all but its health every 30 s.
    """
    usable: list[Probe] = [
        _Kept(partial(_asked, partial(ask, client), _ASKED), well=_WELL_KEPT)
        for ask in (_describe_namespace, try_to_signal, _check_attributes)
    ]

    async def probe() -> State:
        answers = await _health_of(health)  # first, because it may have to connect
        if answers != State():
            return answers
        states = await asyncio.gather(*(check() for check in usable))
        return min(states, key=lambda state: (state.is_ready, state == State()))

    return _Kept(probe)


def slow(waited: float) -> State:
    """Returns Temporal's state for a caller who got no answer in time, and notes it."""
    return _state(unavailable(EngineState.SLOW, f"no answer within {waited:g} s"))


async def _asked(ask: Callable[[], Awaitable[object]], within: timedelta) -> State:
    try:
        async with engine_call(within):
            await ask()
    except EngineUnavailableError as error:
        return _state(error)
    except RPCError as error:
        return _state(not_understood(error))
    return State()


def _state(error: EngineUnavailableError) -> State:
    return State(str(error), is_ready=error.state.traits.is_ready)


async def _health_of(health: HealthCheck) -> State:
    """Returns Temporal's state; its health alone does not end an outage in the log."""
    now = time.monotonic()
    failed = await health(now - _KEPT.total_seconds())
    return _state(await explained(failed.state, failed.reason, now)) if failed else State()


async def _describe_namespace(client: Client) -> None:
    await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))


async def _check_attributes(client: Client) -> None:
    """Reports only a missing attribute: without its search store, a server serves the rest."""
    with suppress(RPCError):
        if lack := await lacking(client, _ASKED):
            raise unavailable(EngineState.UNPREPARED, lack)


class _Kept:
    """A probe with a cached answer; concurrent callers share one check.

    A problem is cached for at most 3 s, because it might pass soon; so is "ok" while calls fail.
    The check goes on without a caller who leaves.
    """

    def __init__(self, probe: Probe, *, well: timedelta = _KEPT) -> None:
        self._probe, self._well = probe, well
        self._answer: State | None = None
        self._answered_at = 0.0
        self._under_way: asyncio.Task[State] | None = None

    async def __call__(self) -> State:
        if self._answer and time.monotonic() - self._answered_at < self._kept.total_seconds():
            return self._answer
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._ask())
        return await asyncio.shield(self._under_way)

    @property
    def _kept(self) -> timedelta:
        return self._well if self._answer == State() and STANDING.is_well else _KEPT

    async def _ask(self) -> State:
        self._answer = await self._probe()
        self._answered_at = time.monotonic()
        return self._answer


def once(probe: Probe) -> Probe:
    """Returns a probe that stops asking once the edge was ready, and is "ok" from then on."""
    was_ready = False

    async def asking() -> State:
        nonlocal was_ready
        if was_ready:
            return State()
        state = await probe()
        was_ready = state.is_ready
        return state

    return asking


def with_worker(probe: Probe, has_polled: Callable[[], bool]) -> Probe:
    """Returns a probe that also waits for the worker in the edge's own process."""

    async def both() -> State:
        state = await probe()
        return state if has_polled() or not state.is_ready else _NO_POLL

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
    return _Kept(redis(check))


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
