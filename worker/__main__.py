"""`python -m worker`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

import asyncio
import signal

import uvloop

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from domain.errors import MisconfiguredError
from worker.app import run

gc.freeze()
gc.enable()


async def _main() -> None:
    loaded = settings.load()
    logs.configure(tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, _stop, stop)
    traces = tracing.start("worker")
    try:
        await run(loaded, stop, traces)
    except MisconfiguredError as error:
        temporal.refuse(error)
    await traces.stop()


def _stop(stop: asyncio.Event) -> None:
    """Finish what is running; told so again, leave it."""
    if stop.is_set():
        temporal.leave(code=1)
    stop.set()


uvloop.run(_main())
temporal.leave()
