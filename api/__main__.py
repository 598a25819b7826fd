"""`python -m api`."""

import gc

gc.disable()  # until all is imported: looking through so many new objects, which all stay, takes a quarter of the start

import asyncio
import socket
import sys
from contextlib import suppress

import structlog
import uvicorn

from adapters import logs
from adapters.config import retired_settings, settings
from adapters.http import listening, proxies
from adapters.temporal import certificates
from adapters.temporal import connection as temporal
from adapters.tracing import tracing
from api.app import create_app
from api.http.bounded_heads import BoundedHeads
from domain.errors import EngineMisconfiguredError

_TAKEN = 1
_GRACE_SEC = 20
_KEEP_ALIVE_SEC = 75
"""Longer than proxies and load balancers keep a connection that is idle (60 s): else one could send a request into a
connection that is just being closed, and would have no answer to pass on."""

gc.freeze()
gc.enable()
log = structlog.get_logger()


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says when it listens; uvicorn does not, where it is given its sockets."""
        await super().startup(sockets)
        self._following = asyncio.create_task(renewal.follow(self._end))
        log.info("api_started", host=loaded.host, port=loaded.port, channels=loaded.channels)

    def _end(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the waits first: uvicorn waits for every request before the lifespan hears of the end."""
        self._following.cancel()
        app.state.gateway.waiting.stop()
        await super().shutdown(sockets)


loaded = settings.load()
try:
    renewal = certificates.Renewal()
except EngineMisconfiguredError as error:  # within uvicorn, it would be a traceback
    temporal.refuse(error)
logs.configure(tracing.log_fields())
proxies.warn_of_ignored()
retired_settings.warn_of_ignored()
try:
    sockets = listening.bind(loaded.hosts, loaded.port)
except OSError as error:
    sys.stderr.write(f"HOST, PORT: nothing can be served at port {loaded.port} of {loaded.host} ({error.strerror})\n")
    temporal.leave(_TAKEN)
app = create_app(loaded, tracing.start("api"))
server = _Server(
    uvicorn.Config(
        app,
        forwarded_allow_ips=loaded.forwarded_allow_ips,
        http=BoundedHeads,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SEC,
        timeout_keep_alive=_KEEP_ALIVE_SEC,
    )
)
with suppress(KeyboardInterrupt):
    server.run(sockets)
if renewal.is_due:
    temporal.leave(certificates.RESTART)
temporal.leave(0 if server.started else _TAKEN)
