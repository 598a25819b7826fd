"""The HTTP server of an edge: where it listens, and how it ends."""

import socket
import sys
from datetime import timedelta

import structlog
import uvicorn
from fastapi import FastAPI

from adapters.config.settings import Settings
from adapters.http import listening
from adapters.temporal import connection as temporal
from api.http.bounded_heads import BoundedHeads

TAKEN = 1
"""The exit code of a process that serves nothing, because something else has its port."""

GRACE = timedelta(seconds=20)
"""For the requests that a stopping edge has; what is left then is cut off."""

_KEEP_ALIVE = timedelta(seconds=75)
"""Longer than proxies and load balancers keep a connection that is idle (60 s): else one could send a request into a
connection that is just being closed, and would have no answer to pass on."""

log = structlog.get_logger()


def bind(settings: Settings) -> list[socket.socket]:
    """Bind the port; ends the process with one line if it is taken."""
    try:
        return listening.bind(settings.hosts, settings.port)
    except OSError as error:
        where = f"port {settings.port} of {settings.host}"
        sys.stderr.write(f"HOST, PORT: nothing can be served at {where} ({error.strerror})\n")
        temporal.leave(TAKEN)


class Server(uvicorn.Server):
    """Serves an application until it is told to stop: by a signal, or by `should_exit`."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            forwarded_allow_ips=settings.forwarded_allow_ips,
            http=BoundedHeads,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(GRACE.total_seconds()),
            timeout_keep_alive=int(_KEEP_ALIVE.total_seconds()),
        )
        super().__init__(config)
        self._app = app
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says when it listens; uvicorn does not, where it is given its sockets."""
        await super().startup(sockets)
        where = self._settings
        log.info("api_started", host=where.host, port=where.port, channels=where.channels)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the waits first: uvicorn waits for every request before the lifespan hears of the end."""
        log.info("api_stopping")
        self._app.state.gateway.waiting.stop()
        await super().shutdown(sockets)
