"""Runs the edge and the worker side by side, and stops them one after the other."""

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
        """Leaves signals to the process; the edge's handlers would hide them from the worker."""
        yield


async def run(settings: Settings, sockets: Sequence[socket.socket], stop: asyncio.Event) -> None:
    """Runs until `stop` is set or one of the two fails, then finishes what is running.

    The edge stops before the worker, which might still have to finish what the edge has begun. Each
    has its own client: the edge's connects on first use, so it serves while Temporal is away and
    the worker waits.
    """
    await redis_connection.refuse_cluster(settings.redis_url.get_secret_value())
    runtime, traces = sdk_metrics.loopback_runtime(metrics.BUCKETS), tracing.start("worker")
    readiness = Readiness()
    app = create_app(settings, tracing.start("api"), runtime=runtime, has_polled=lambda: readiness.has_polled)
    edge = _Edge(app, settings)
    stop_worker = asyncio.Event()
    serving = asyncio.create_task(edge.serve([*sockets]))
    working = asyncio.create_task(worker.work(settings, stop_worker, traces, runtime.runtime, readiness))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    edge.should_exit = True
    try:
        await serving
    finally:
        stop_worker.set()
        await working
    await traces.stop()
