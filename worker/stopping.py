"""How a process is told to stop."""

import asyncio
import signal

from adapters.temporal import connection as temporal


def told_to_stop() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set, for what runs to be finished; told so again, the process leaves at once."""
    stop, told = asyncio.Event(), asyncio.Event()

    def tell() -> None:
        if told.is_set():  # `stop` may have been set by the process itself
            temporal.leave(code=1)
        told.set()
        stop.set()

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, tell)
    return stop
