"""`python -m standalone`."""

import gc

gc.disable()  # a quarter of the start-up time is garbage collection during imports, which frees nothing

import uvloop

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from api import server
from standalone.app import run
from worker.stopping import run_until_stopped

gc.freeze()
gc.enable()


async def _main() -> int:
    loaded = settings.load()
    logs.configure(loaded.log_format, tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    return await run_until_stopped(lambda stop: run(loaded, server.bind(loaded), stop))


temporal.leave(uvloop.run(_main()))
