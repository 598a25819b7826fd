"""`python -m standalone`."""

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
from api import server
from domain.errors import MisconfiguredError
from standalone.app import run
from worker.stopping import told_to_stop

gc.freeze()
gc.enable()


async def _main() -> int:
    loaded = settings.load()
    logs.configure(tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    stop = told_to_stop()
    try:
        renewal = certificates.Renewal()
        following = asyncio.create_task(renewal.follow(stop.set))
        await run(loaded, server.bind(loaded), stop)
    except MisconfiguredError as error:
        temporal.refuse(error)
    following.cancel()
    return certificates.RESTART if renewal.is_due else 0


temporal.leave(uvloop.run(_main()))
