"""`python -m standalone`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

import uvloop

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from api import server
from domain.errors import EngineMisconfiguredError
from standalone.app import run
from worker.stopping import told_to_stop

gc.freeze()
gc.enable()


async def _main() -> None:
    loaded = settings.load()
    logs.configure(tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    stop = told_to_stop()
    try:
        temporal.configuration()
        await run(loaded, server.bind(loaded), stop)
    except EngineMisconfiguredError as error:
        temporal.refuse(error)


uvloop.run(_main())
temporal.leave()
