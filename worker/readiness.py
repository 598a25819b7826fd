"""Tracks whether a worker has polled since its start, for /readyz on METRICS_PORT.

Once it has polled, it stays ready: removing workers while Temporal is away helps nobody
(docs/decisions/0042-ready-once.md).
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from engine.task_queues import KINDS, polls

_PATH = b"/readyz"
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=8)
"""Pauses between checks; each doubles, to spare Temporal while it throttles."""

_HEAD = b"HTTP/1.1 %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
_READY = b"200 OK", b"has polled Temporal since its start\n"
_NOT_READY = b"503 Service Unavailable", b"has not polled Temporal since its start\n"

log = structlog.get_logger()


class Readiness:
    """A worker's readiness, for the life of its process."""

    def __init__(self) -> None:
        # The SDK's form plus a random part: a restarted container has the same host name and
        # process id.
        self.identity = f"{os.getpid()}@{socket.gethostname()}/{secrets.token_hex(4)}"
        self.has_polled = False

    @asynccontextmanager
    async def followed(self, client: Client) -> AsyncIterator[None]:
        """Asks Temporal, while entered, until it lists this worker."""
        following = asyncio.create_task(self._follow(client))
        try:
            yield
        finally:
            following.cancel()

    def answer(self, head: bytes) -> bytes | None:
        """Answers a request for /readyz; returns None for others."""
        method, target, *_ = [*head.split(b" ", 2), b""]
        if target.partition(b"?")[0] != _PATH:
            return None
        status, body = _READY if self.has_polled else _NOT_READY
        return _HEAD % (status, len(body)) + (b"" if method == b"HEAD" else body)

    async def _follow(self, client: Client) -> None:
        """Asks the server, because the SDK retries refused polls silently.

        The server does not list workers whose polls it refused.
        """
        pause = _FIRST_PAUSE
        while not self.has_polled:
            with suppress(RPCError, RuntimeError):
                self.has_polled = all([await polls(client, kind, self.identity) for kind in KINDS])
            if self.has_polled:
                log.info("worker_ready")
                return
            await asyncio.sleep(pause.total_seconds())
            pause = min(pause * 2, _LONGEST_PAUSE)
