"""Runs what is measured and all that it needs, on free ports of this machine."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.driving.drivers import EngineDriver, GatewayDriver
from bench.driving.http import Http
from bench.driving.moments import Moments, received_datagrams, watched_world
from bench.floor.workflows import FloorWorkflow, TextbookWorkflow
from tests.harness.processes import Process
from tests.harness.stack import Stack, running_stack

_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Modules are compiled once, as in the image; otherwise each sandbox compiles the floor's again."""

_ON_WHATSAPP_ALONE = {"PHOTON_TO": ""}
_UNLIMITED = {
    "RECIPIENT_SPACING_SEC": "0",
    "MIN_SPACING_SEC": "0",
    "CLIENT_REQUESTS_PER_MIN": "1000000",
}


@dataclass(frozen=True)
class Stage:
    """The gateway on WhatsApp only, without limits that delay candidates; engines on request."""

    stack: Stack
    moments: Moments
    gateway: GatewayDriver

    @property
    def groups(self) -> Mapping[str, list[int]]:
        """Process groups by process, without the benchmark itself."""
        stack = self.stack
        return {
            "api": [stack.api.pid],
            "worker": [stack.worker.pid],
            "temporal": [stack.temporal.pid],
            "redis": [stack.valkey.pid],
            "simulator": [stack.simulator.pid],
        }


@asynccontextmanager
async def running_stage(**changes: str) -> AsyncIterator[Stage]:
    """Runs the gateway and the simulator, whose Twilio has no address for status reports."""
    settings = {**_COMPILED, **_ON_WHATSAPP_ALONE, **_UNLIMITED, **changes}
    moments = Moments()
    async with AsyncExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory()))
        stack = await resources.enter_async_context(running_stack(folder, **settings))
        await resources.enter_async_context(watched_world(moments, stack.environment["SIMULATOR_URL"]))
        await stack.phone.statuses()
        http = await resources.enter_async_context(Http.to(stack.gateway_url))
        yield Stage(stack, moments, GatewayDriver(http))


@asynccontextmanager
async def running_engine(stage: Stage, name: str) -> AsyncIterator[tuple[EngineDriver, int]]:
    """Runs the floor's or textbook's worker on the stage's Temporal; yields its process group."""
    async with received_datagrams(stage.moments) as port:
        arguments = ("-m", "bench.floor.worker", name, str(port))
        process = Process.python(*arguments, environment=stage.stack.environment, ready="ready")
        try:
            await process.start()
            address = stage.stack.environment["TEMPORAL_ADDRESS"]
            if name == "floor":
                client = await Client.connect(address, data_converter=pydantic_data_converter)
                yield EngineDriver(name, client, FloorWorkflow), process.pid
            else:
                yield EngineDriver(name, await Client.connect(address), TextbookWorkflow), process.pid
        finally:
            await process.kill()
