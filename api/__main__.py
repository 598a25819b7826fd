"""`python -m api`."""

import gc

gc.disable()  # a quarter of the start-up time is garbage collection during imports, which frees nothing

import asyncio
import socket
from contextlib import suppress

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import proxies
from adapters.temporal import certificates
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from api import server
from api.app import create_app
from domain.errors import EngineMisconfiguredError

gc.freeze()
gc.enable()


class _Server(server.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops the server once certificates for Temporal have been renewed."""
        await super().startup(sockets)
        self._following = asyncio.create_task(renewal.follow(self._end))

    def _end(self) -> None:
        self.should_exit = True


loaded = settings.load()
try:
    renewal = certificates.Renewal()
except EngineMisconfiguredError as error:  # inside uvicorn, it would print a traceback
    temporal.refuse(error)
logs.configure(loaded.log_format, tracing.log_fields())
proxies.warn_of_ignored()
retired_settings.warn_of_ignored()
sockets = server.bind(loaded)
edge = _Server(create_app(loaded, tracing.start("api")), loaded)
with suppress(KeyboardInterrupt):
    edge.run(sockets)
if renewal.is_due:
    temporal.leave(certificates.RESTART)
temporal.leave(0 if edge.started else server.TAKEN)
