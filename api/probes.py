"""What each dependency says of itself: "ok", "off", or what is wrong."""

from collections.abc import Awaitable, Callable

import httpx
from temporalio.client import Client

from api.engine import engine_call
from api.sidecar_replies import SidecarReplies
from domain.errors import EngineUnavailableError, SlotsUnavailableError

OK = "ok"
OFF = "off"

Probe = Callable[[], Awaitable[str]]


def temporal(client: Client) -> Probe:
    async def probe() -> str:
        try:
            async with engine_call():
                healthy = await client.service_client.check_health()
        except EngineUnavailableError as error:
            return str(error)
        return OK if healthy else "not serving"

    return probe


def redis(check: Callable[[], Awaitable[None]]) -> Probe:
    async def probe() -> str:
        try:
            await check()
        except SlotsUnavailableError as error:
            return str(error)
        return OK

    return probe


def sidecar(http: httpx.AsyncClient, base_url: str | None, replies: SidecarReplies) -> Probe:
    """Ask the sidecar; one that is well may deliver with a secret that this process refuses."""

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
