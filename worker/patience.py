"""Waits until Temporal serves the gateway's namespace, and checks that it still does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

import structlog
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.engine_states import Behavior
from domain.errors import EngineMisconfiguredError, EngineUnavailableError
from domain.identifiers import TASK_QUEUE
from engine.calls import engine_call, not_understood, reason_of
from engine.health_check import HealthCheck
from engine.runs_served import try_to_signal
from engine.standing import STANDING
from engine.task_queues import try_to_poll

_PAUSE = timedelta(seconds=1)
_CALL = timedelta(seconds=5)
_CONNECTING = timedelta(seconds=30)
_PERIOD, _PERIOD_OF_OUTAGE = timedelta(seconds=15), timedelta(seconds=5)
"""Between checks. In an outage it is short, because other calls that succeed would end it."""

_POLLS_EVERY = 4
"""How many checks to one that also polls; Temporal logs a warning about each poll so short."""

_REFUSALS = ("Poll failure", "Worker validation failed")
"""How the SDK core's errors begin when Temporal refuses a worker."""

log = structlog.get_logger()


async def served_client(
    connect: Callable[[], Awaitable[Client]], stop: asyncio.Event, *, is_proven: bool = False
) -> Client | None:
    """Connects and returns a client once Temporal serves the namespace; None if stopped before.

    Raises EngineMisconfiguredError, unless an earlier attempt proved the settings: then an
    unusable file is probably being written.
    """
    while not stop.is_set():
        try:
            async with engine_call(_CONNECTING):
                client = await connect()
                STANDING.check_health = HealthCheck(client)
                await _ask(client)
        except EngineUnavailableError as error:
            if error.state.traits.worker is Behavior.END:
                raise
        except RPCError as error:
            not_understood(error)
        except EngineMisconfiguredError as error:
            if not is_proven:
                raise
            STANDING.met(error.state, str(error))
        else:
            return client
        is_proven = True
        await pause(stop)
    return None


@asynccontextmanager
async def watched(client: Client) -> AsyncIterator[None]:
    """Checks every 15 s, while entered, whether Temporal still serves; once a minute with a poll.

    The SDK retries refused polls silently.
    """
    watching = asyncio.create_task(_watch(client))
    try:
        yield
    finally:
        watching.cancel()


async def _watch(client: Client) -> None:
    checks, is_well = count(), True
    while True:
        await asyncio.sleep((_PERIOD if is_well else _PERIOD_OF_OUTAGE).total_seconds())
        polls = next(checks) % _POLLS_EVERY == 0 or not is_well
        is_well = False
        try:
            async with engine_call(_CALL * 3):
                await _ask(client)
                if polls:
                    await try_to_poll(client)
        except EngineUnavailableError:
            continue
        except RPCError as error:
            not_understood(error)
            continue
        is_well = True


async def pause(stop: asyncio.Event) -> None:
    """Waits a second, or until stopped."""
    try:
        await asyncio.wait_for(stop.wait(), timeout=_PAUSE.total_seconds())
    except TimeoutError:
        return


async def was_refused(serving: asyncio.Task[None]) -> bool:
    """Waits until a worker ends; returns whether Temporal refused it. Raises other errors.

    After a refusal the next worker can succeed. The SDK cancels the task in which a worker fails,
    and does not always give a reason.
    """
    await asyncio.wait({serving})
    error = None if serving.cancelled() else serving.exception()
    if not serving.cancelled() and not _is_refusal(error):
        serving.result()
        return False
    log.warning("worker_interrupted", reason=_reason(error) if error else "Temporal refused the worker")
    return True


def _is_refusal(error: BaseException | None) -> bool:
    if error is None:
        return False
    return isinstance(error, RPCError) or str(error).startswith(_REFUSALS) or _is_refusal(error.__cause__)


def _reason(error: BaseException) -> str:
    """Returns one line for operators."""
    if isinstance(error, RPCError):
        return reason_of(error)
    return (str(error).splitlines() or [type(error).__name__])[0]


async def _ask(client: Client) -> None:
    """Checks what a worker needs: the namespace, a task queue, and permission to write to a run.

    A different server might answer each call, and a key that can only read passes the first two.
    """
    namespace = DescribeNamespaceRequest(namespace=client.namespace)
    await client.workflow_service.describe_namespace(namespace, timeout=_CALL)
    queue = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=TASK_QUEUE))
    await client.workflow_service.describe_task_queue(queue, timeout=_CALL)
    await try_to_signal(client, _CALL)
