"""Stops a process on a signal, and chooses its exit code."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from adapters.temporal import certificates
from adapters.temporal import connection as temporal
from domain.errors import MisconfiguredError


def told_to_stop() -> asyncio.Event:
    """Returns an event that SIGINT and SIGTERM set, for a graceful stop.

    A second signal ends the process at once.
    """
    stop, told = asyncio.Event(), asyncio.Event()

    def tell() -> None:
        if told.is_set():  # the process itself might have set `stop`
            temporal.leave(code=1)
        told.set()
        stop.set()

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, tell)
    return stop


async def run_until_stopped(run: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """Runs until stopped, or until certificates for Temporal are renewed; returns the exit code.

    Unusable settings end the process with one line.
    """
    stop = told_to_stop()
    try:
        renewal = certificates.Renewal()
        following = asyncio.create_task(renewal.follow(stop.set))
        await run(stop)
    except MisconfiguredError as error:
        temporal.refuse(error)
    following.cancel()
    return certificates.RESTART if renewal.is_due else 0
