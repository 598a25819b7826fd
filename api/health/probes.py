"""What each dependency says of itself: "ok", "off", or what is wrong."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import httpx
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.health.sidecar_replies import SidecarReplies
from domain.errors import EngineUnavailableError, RedisUnavailableError
from engine.calls import engine_call

OK = "ok"
OFF = "off"
VITAL = "temporal"
"""Without it no request can succeed."""

_KEPT = timedelta(seconds=3)

Probe = Callable[[], Awaitable[str]]


def temporal(client: Client) -> Probe:
    """Asks whether Temporal serves, and every few seconds whether it serves the gateway's namespace."""
    namespace = kept(partial(_namespace, client))

    async def probe() -> str:
        try:
            async with engine_call():
                if not await client.service_client.check_health():
                    return "not serving"
        except EngineUnavailableError as error:
            return str(error)
        return await namespace()

    return probe


async def _namespace(client: Client) -> str:
    try:
        async with engine_call():
            request = DescribeNamespaceRequest(namespace=client.namespace)
            await client.workflow_service.describe_namespace(request)
    except EngineUnavailableError as error:
        return str(error)
    except RPCError as error:
        return f"refuses the namespace: {error.status.name}"
    return OK


def kept(probe: Probe) -> Probe:
    """Asks again only when the last answer is old."""
    answer, asked_at = "", 0.0

    async def keeping() -> str:
        nonlocal answer, asked_at
        if not answer or time.monotonic() - asked_at > _KEPT.total_seconds():
            answer = await probe()
            asked_at = time.monotonic()
        return answer

    return keeping


def once(probe: Probe) -> Probe:
    """Asks until it was well, and says so from then on without asking."""
    was_well = False

    async def asking() -> str:
        nonlocal was_well
        if was_well:
            return OK
        answer = await probe()
        was_well = answer == OK
        return answer

    return asking


def redis(check: Callable[[], Awaitable[None]]) -> Probe:
    async def probe() -> str:
        try:
            await check()
        except RedisUnavailableError as error:
            return str(error)
        return OK

    return probe


def sidecar(http: httpx.AsyncClient, base_url: str | None, replies: SidecarReplies) -> Probe:
    """Ask the sidecar; one that is well may call with a secret that this process refuses."""

    async def probe() -> str:
        if base_url is None:
            return OFF
        try:
            response = await http.get(f"{base_url}/health")
        except httpx.HTTPError as error:
            return f"does not answer: {type(error).__name__}"
        return (replies.problem() or OK) if response.is_success else f"answers {response.status_code}"

    return probe


def switch(*, on: bool) -> Probe:
    """Twilio is not asked: its credentials are there, or not."""

    async def probe() -> str:
        return OK if on else OFF

    return probe


def stated(state: Callable[[], str]) -> Probe:
    """What this process knows by itself."""

    async def probe() -> str:
        return state()

    return probe
