"""How a process is told to stop."""

import asyncio
import signal

from adapters.temporal import connection as temporal


def told_to_stop() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set, for what runs to be finished; told so again, the process leaves at once."""
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, _stop, stop)
    return stop


def _stop(stop: asyncio.Event) -> None:
    if stop.is_set():
        temporal.leave(code=1)
    stop.set()
