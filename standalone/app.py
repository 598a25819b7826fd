"""Runs the edge and the worker side by side, and ends them one after the other."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adapters.config.settings import Settings
from adapters.redis import connection as redis_connection
from adapters.temporal import sdk_metrics
from adapters.tracing import tracing
from api.app import create_app
from api.server import Server
from worker import app as worker
from worker import metrics
from worker.readiness import Readiness


class _Edge(Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process: the edge's own handlers would keep them from the worker."""
        yield


async def run(settings: Settings, sockets: Sequence[socket.socket], stop: asyncio.Event) -> None:
    """Serve until `stop` is set, or until one of the two fails; what is running then is finished first.

    The edge ends before the worker, which may still be needed for what the edge has begun. They have a client each: the
    edge's connects when it is used, so that it serves while Temporal is away and the worker waits.
    """
    await redis_connection.refuse_cluster(settings.redis_url.get_secret_value())
    runtime, traces = sdk_metrics.loopback_runtime(metrics.BUCKETS), tracing.start("worker")
    edge = _Edge(create_app(settings, tracing.start("api"), runtime=runtime), settings)
    stop_worker = asyncio.Event()
    serving = asyncio.create_task(edge.serve([*sockets]))
    # Platforms ask the edge whether it is ready; nobody can ask for the worker's readiness.
    working = asyncio.create_task(worker.work(settings, stop_worker, traces, runtime.runtime, Readiness()))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    edge.should_exit = True
    try:
        await serving
    finally:
        stop_worker.set()
        await working
    await traces.stop()
