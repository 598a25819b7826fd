"""`python -m api`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

from contextlib import suppress

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from api import server
from api.app import create_app
from domain.errors import EngineMisconfiguredError

gc.freeze()
gc.enable()

loaded = settings.load()
try:
    temporal.configuration()
except EngineMisconfiguredError as error:  # within uvicorn, it would be a traceback
    temporal.refuse(error)
logs.configure(tracing.log_fields())
proxies.warn_of_ignored()
retired_settings.warn_of_ignored()
sockets = server.bind(loaded)
edge = server.Server(create_app(loaded, tracing.start("api")), loaded)
with suppress(KeyboardInterrupt):
    edge.run(sockets)
temporal.leave(0 if edge.started else server.TAKEN)
