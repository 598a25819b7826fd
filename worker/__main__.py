"""`python -m worker`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

import asyncio

import uvloop

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import certificates
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from domain.errors import MisconfiguredError
from worker.app import run
from worker.stopping import told_to_stop

gc.freeze()
gc.enable()


async def _main() -> int:
    loaded = settings.load()
    logs.configure(tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    stop, traces = told_to_stop(), tracing.start("worker")
    try:
        renewal = certificates.Renewal()
        following = asyncio.create_task(renewal.follow(stop.set))
        await run(loaded, stop, traces)
    except MisconfiguredError as error:
        temporal.refuse(error)
    following.cancel()
    await traces.stop()
    return certificates.RESTART if renewal.is_due else 0


temporal.leave(uvloop.run(_main()))
