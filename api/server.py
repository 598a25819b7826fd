"""The edge's HTTP server."""

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
"""The exit code of a process whose port is taken."""

GRACE = timedelta(seconds=20)
"""The time that a stopping edge gives its open requests; then it cuts them off."""

_KEEP_ALIVE = timedelta(seconds=75)
"""Longer than proxies and load balancers keep an idle connection (60 s).

Otherwise a proxy could send a request into a connection that is being closed, and get no answer.
"""

log = structlog.get_logger()


def bind(settings: Settings) -> list[socket.socket]:
    """Binds the port. If it is taken, the process ends with one line."""
    try:
        return listening.bind(settings.hosts, settings.port)
    except OSError as error:
        where = f"port {settings.port} of {settings.host}"
        sys.stderr.write(f"HOST, PORT: cannot listen on {where} ({error.strerror})\n")
        temporal.leave(TAKEN)


class Server(uvicorn.Server):
    """Serves an application until a signal or `should_exit` stops it."""

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
        """Logs when it listens; uvicorn does not log that for sockets passed to it."""
        await super().startup(sockets)
        where = self._settings
        log.info("api_started", host=where.host, port=where.port, channels=where.channels)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends waiting requests first. uvicorn would wait for them before it ends the lifespan."""
        log.info("api_stopping")
        self._app.state.gateway.waiting.stop()
        await super().shutdown(sockets)
