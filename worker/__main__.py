"""`python -m worker`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

import uvloop

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from domain.errors import EngineMisconfiguredError
from worker.app import run
from worker.stopping import told_to_stop

gc.freeze()
gc.enable()


async def _main() -> None:
    loaded = settings.load()
    logs.configure(tracing.log_fields())
    proxies.warn_of_ignored()
    retired_settings.warn_of_ignored()
    stop, traces = told_to_stop(), tracing.start("worker")
    try:
        await run(loaded, stop, traces)
    except EngineMisconfiguredError as error:
        temporal.refuse(error)
    await traces.stop()


uvloop.run(_main())
temporal.leave()
