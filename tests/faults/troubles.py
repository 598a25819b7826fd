"""A gateway in each state that an alert is for: entered as it begins, left when it is over."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.client import Client

from adapters.redis.connection import connect
from adapters.temporal import connection as temporal
from domain.candidate import LONGEST_TEXT
from domain.conversation.chat_memory import Brake
from domain.identifiers import TASK_QUEUE
from domain.temporal_names import WorkflowType
from engine.task_queues import task_queue_state
from tests.harness.accepting import unread
from tests.harness.authorizer import authorizing, by_key
from tests.harness.brands import StackBrands, section
from tests.harness.core import Core, draft
from tests.harness.edges import twilio_posts
from tests.harness.phone import Owner
from tests.harness.processes import Process, until
from tests.harness.stack import CORE_SECRET, Stack, answers, api_process, register_search_attributes
from tests.harness.tls import Authority
from tests.harness.tls_door import door
from tests.harness.valkeys import ask
from tests.harness.waits import waiting
from tests.harness.workflow_worker import workflow_worker
from workflows import search_attributes
from workflows.signals import OperatorDecision

SLOW_BRAND = section("b_slow", Owner(), more="min_spacing_sec = 60")

MOST_BYTES = 10_000
"""Temporal's limit, which only one state exceeds."""

_FEW_FILES = 192
"""An api with this limit of open files has half as many places for requests that wait."""
_AHEAD_SEC = 300
_ENOUGH = 6
"""One more than most alerts tolerate."""
_BACKLOG = 120
_LONG = timedelta(seconds=20)
"""So much longer than the five seconds of the alert that even the last of many tasks is late."""
_PAUSE_SEC = 0.2
"""The pause of a client that repeats its request.

Prometheus does not count the first requests of a new series as an increase.
"""


@dataclass(frozen=True)
class Scene:
    """The gateway, and the ports of a second api and worker, which only some states run."""

    stack: Stack
    second_port: str
    second_metrics_port: str

    @property
    def second_url(self) -> str:
        return f"http://127.0.0.1:{self.second_port}"

    def settings(self, **changes: str) -> dict[str, str]:
        """Returns the settings of the second api and worker."""
        ports = {"PORT": self.second_port, "METRICS_PORT": self.second_metrics_port}
        return {**self.stack.environment, **ports, **changes}


State = Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def sidecar_has_another_secret(there: Scene) -> AsyncIterator[None]:
    for _ in range(_ENOUGH):
        headers = {"Authorization": "Bearer another"}
        await there.stack.core.http.post("/webhooks/imessage", json={}, headers=headers)
    yield


@asynccontextmanager
async def forms_are_cut_anew(there: Scene) -> AsyncIterator[None]:
    await twilio_posts(there.stack.core.http, [("MessageSid", "SM1")])
    yield


@asynccontextmanager
async def core_posts_nonsense(there: Scene) -> AsyncIterator[None]:
    async with _meanwhile(lambda: there.stack.core.post({**draft(), "platform": "nowhere"})):
        yield


@asynccontextmanager
async def candidates_are_decided(there: Scene) -> AsyncIterator[None]:
    """Nothing is wrong: no alert fires, and panels have values."""
    first, second = Owner(), Owner()
    approved, edited = await there.stack.core.accepted(first), await there.stack.core.accepted(second)
    await there.stack.phone.until_prompted("whatsapp", approved["id"])
    await there.stack.phone.until_prompted("imessage", edited["id"])
    await there.stack.phone.says("whatsapp", first, f"approve {approved['id']}")
    await there.stack.phone.says("imessage", second, f"edit {edited['id']}: Mine")
    for candidate in (approved, edited):
        await there.stack.core.until_callback(candidate["id"], "delivered")
    yield


@asynccontextmanager
async def owner_speaks_in_riddles(there: Scene) -> AsyncIterator[None]:
    owner = Owner()
    await _prompted(there, owner)
    for _ in range(2 * _ENOUGH):
        await there.stack.phone.says("whatsapp", owner, "approve?")
    yield


@asynccontextmanager
async def robot_answers(there: Scene) -> AsyncIterator[None]:
    robot = Owner()
    await _prompted(there, robot)
    for _ in range(Brake.UNKNOWN_WORDS.most + 2 * _ENOUGH):
        await there.stack.phone.says("whatsapp", robot, "I am on holiday.")
    yield


@asynccontextmanager
async def owner_opts_out(there: Scene) -> AsyncIterator[None]:
    owner = Owner()
    await _prompted(there, owner)
    await there.stack.phone.says("whatsapp", owner, "stop")
    yield


@asynccontextmanager
async def core_refuses_decisions(there: Scene) -> AsyncIterator[None]:
    await there.stack.phone.fault("core.decisions", status=410)
    for _ in range(_ENOUGH):
        candidate = await there.stack.core.accepted()
        await there.stack.run_of(candidate["id"]).signal("decide", OperatorDecision("ann", "approved"))
    yield
    await there.stack.phone.heal()


@asynccontextmanager
async def nobody_can_be_reached(there: Scene) -> AsyncIterator[None]:
    """WhatsApp rejects the numbers as invalid, and the sidecar refuses the addresses."""
    await there.stack.phone.fault("twilio.messages", status=400, code=21211)
    await there.stack.phone.fault("photon.send", status=400)
    await asyncio.gather(*(there.stack.core.accepted(Owner()) for _ in range(2 * _ENOUGH)))
    yield
    await there.stack.phone.heal()


@asynccontextmanager
async def twilio_fails(there: Scene) -> AsyncIterator[None]:
    """Its errors leave open what it accepted."""
    await there.stack.phone.fault("twilio.messages", status=500)
    await asyncio.gather(*(there.stack.core.accepted(Owner()) for _ in range(2 * _ENOUGH)))
    yield
    await there.stack.phone.heal()


@asynccontextmanager
async def brand_gets_too_many(there: Scene) -> AsyncIterator[None]:
    """A brand gets more than its limits allow before the deadlines.

    The candidates expire some seconds apart, so that Prometheus sees a rate.
    """
    deadlines = (15 + number % 5 for number in range(4 * _ENOUGH))
    late = (there.stack.core.accepted(Owner(), brand_id="b_slow", deadline_sec=seconds) for seconds in deadlines)
    await asyncio.gather(*late)
    yield


@asynccontextmanager
async def brand_vanishes(there: Scene) -> AsyncIterator[None]:
    brands = StackBrands(there.stack)
    await brands.becomes("[brands]")
    yield
    await brands.becomes(SLOW_BRAND)


@asynccontextmanager
async def redis_is_nearly_full(there: Scene) -> AsyncIterator[None]:
    async with connect(there.stack.environment["REDIS_URL"]) as redis:
        used = int((await redis.info("memory"))["used_memory"])
        await ask(redis, "CONFIG", "SET", "maxmemory", round(used * 1.03))
        yield
        await ask(redis, "CONFIG", "SET", "maxmemory", 0)


@asynccontextmanager
async def redis_hangs(there: Scene) -> AsyncIterator[None]:
    there.stack.valkey.freeze()
    await asyncio.gather(*(there.stack.core.http.get("/candidate/cr_1") for _ in range(2 * _ENOUGH)))
    yield
    there.stack.valkey.thaw()


@asynccontextmanager
async def code_cannot_go_on(there: Scene) -> AsyncIterator[None]:
    """A run's input is not a candidate."""
    run = await there.stack.client.start_workflow(
        WorkflowType.APPROVAL, "no candidate", id=f"approval/{uuid4().hex}", task_queue=TASK_QUEUE
    )
    yield
    await run.terminate()


@asynccontextmanager
async def key_is_lost(there: Scene) -> AsyncIterator[None]:
    """Core requests a candidate whose key is lost."""
    converter = temporal.data_converter({"lost": sha256(b"lost").digest()})
    other = await Client.connect(there.stack.environment["TEMPORAL_ADDRESS"], data_converter=converter)
    [locked] = await unread(replace(there.stack, client=other), 1, Owner())
    await there.stack.core.http.get(f"/candidate/{locked['id']}")
    yield


@asynccontextmanager
async def run_is_ended(there: Scene) -> AsyncIterator[None]:
    candidate = await there.stack.core.accepted(Owner())
    await there.stack.run_of(candidate["id"]).terminate()
    yield


@asynccontextmanager
async def somebody_polls(there: Scene) -> AsyncIterator[None]:
    """Clients request the list of candidates more often than Temporal allows searches."""
    async with _meanwhile(lambda: there.stack.core.http.get("/activity"), clients=20):
        yield


@asynccontextmanager
async def second_api_is_full_and_its_clock_is_wrong(there: Scene) -> AsyncIterator[None]:
    async with _second_api(there) as core:
        candidate = await core.accepted()
        async with waiting(core, [candidate["id"]] * (_FEW_FILES // 2 - 2)):
            yield


@asynccontextmanager
async def candidate_is_larger_than_temporal_allows(there: Scene) -> AsyncIterator[None]:
    await there.stack.core.post(draft(proposed_text="🎉" * LONGEST_TEXT))
    yield


@asynccontextmanager
async def second_api_and_worker_are_refused(there: Scene) -> AsyncIterator[None]:
    """Temporal does not know the api's namespace, or the authority of the worker's certificate."""
    with TemporaryDirectory() as folder:
        authority, stranger = Authority(Path(folder)), Authority(Path(folder), "stranger")
        async with door(_temporal_port(there), authority.issue("server"), authority) as entrance:
            settings = there.settings(**entrance.settings(stranger.issue("client")))
            worker = Process.python("-m", "worker", environment=settings, ready="engine_unavailable")
            async with (
                _running(worker),
                _running(api_process(there.settings(TEMPORAL_NAMESPACE="unheard-of"))),
                _at_second_api(there) as core,
                _meanwhile(lambda: core.http.get("/readyz")),
            ):
                yield


@asynccontextmanager
async def second_api_asks_for_a_namespace_without_an_attribute(there: Scene) -> AsyncIterator[None]:
    settings = there.settings(TEMPORAL_NAMESPACE="unprepared")
    await register_search_attributes(settings)
    lacking = RemoveSearchAttributesRequest(namespace="unprepared", search_attributes=[search_attributes.NUMBER.name])
    await there.stack.client.operator_service.remove_search_attributes(lacking)
    async with _running(api_process(settings)), _at_second_api(there) as core, _meanwhile(lambda: core.post(draft())):
        yield


@asynccontextmanager
async def second_api_gets_no_answer_in_time(there: Scene) -> AsyncIterator[None]:
    async with authorizing(there.stack.environment["TEMPORAL_ADDRESS"], {"key": "default:write"}) as proxy:
        proxy.delay = timedelta(hours=1)
        async with (
            _running(api_process(there.settings(**by_key(proxy, "key")))),
            _at_second_api(there) as core,
            _meanwhile(lambda: core.http.get("/candidate/cr_1"), clients=_ENOUGH),
        ):
            yield


@asynccontextmanager
async def subscription_is_not_renewed(there: Scene) -> AsyncIterator[None]:
    await there.stack.phone.fault("photon.watch", status=500)
    yield
    await there.stack.phone.heal()


@asynccontextmanager
async def second_api_has_a_certificate_that_ends_soon(there: Scene) -> AsyncIterator[None]:
    with TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        async with door(_temporal_port(there), authority.issue("server"), authority) as entrance:
            client = authority.issue("client", lasts=timedelta(hours=1))
            async with _running(api_process(there.settings(**entrance.settings(client)))):
                yield


@asynccontextmanager
async def no_worker_runs(there: Scene) -> AsyncIterator[None]:
    await there.stack.worker.kill()
    await _many_accepted(there)
    yield


@asynccontextmanager
async def worker_comes_back(there: Scene) -> AsyncIterator[None]:
    """Meanwhile, tasks of both kinds have waited."""
    async with workflow_worker(there.stack):
        await until(lambda: _have_waited(there, "activity"), within=120)
    await _many_accepted(there)
    await until(lambda: _have_waited(there, "workflow"), within=120)
    await there.stack.worker.start()
    yield


@asynccontextmanager
async def temporal_is_gone(there: Scene) -> AsyncIterator[None]:
    await there.stack.temporal.kill()
    yield


@asynccontextmanager
async def no_api_runs(there: Scene) -> AsyncIterator[None]:
    await there.stack.api.kill()
    yield


@asynccontextmanager
async def _meanwhile(request: Callable[[], Awaitable[object]], clients: int = 1) -> AsyncIterator[None]:
    """Has clients repeat a request during the block; failed connections are ignored."""

    async def go_on() -> None:
        while True:
            with suppress(httpx.TransportError):
                await request()
            await asyncio.sleep(_PAUSE_SEC)

    asking = [asyncio.create_task(go_on()) for _ in range(clients)]
    try:
        yield
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _many_accepted(there: Scene) -> None:
    for _ in range(_BACKLOG // 10):
        await asyncio.gather(*(there.stack.core.accepted(Owner()) for _ in range(10)))


async def _have_waited(there: Scene, kind: str) -> bool:
    state = await task_queue_state(there.stack.client, kind, datetime.now(UTC))
    return state.backlog >= _BACKLOG and state.backlog_age > _LONG


async def _prompted(there: Scene, owner: Owner) -> None:
    candidate = await there.stack.core.accepted(owner)
    await there.stack.phone.until_prompted("whatsapp", candidate["id"])


@asynccontextmanager
async def _second_api(there: Scene) -> AsyncIterator[Core]:
    """Runs an api with a wrong clock and a low limit of open files."""
    program = f"{sys.executable} -m tests.harness.skewed_api {_AHEAD_SEC}"
    process = Process(
        ["sh", "-c", f"ulimit -n {_FEW_FILES}; exec {program}"],
        there.settings(),
        lambda: answers(f"{there.second_url}/healthz"),
    )
    async with _running(process), _at_second_api(there) as core:
        yield core


def _at_second_api(there: Scene) -> Core:
    return Core(there.second_url, CORE_SECRET)


@asynccontextmanager
async def _running(process: Process) -> AsyncIterator[None]:
    try:
        await process.start()
        yield
    finally:
        await process.kill()


def _temporal_port(there: Scene) -> int:
    return int(there.stack.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])
