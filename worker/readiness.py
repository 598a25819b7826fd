"""Whether a worker has polled since its start: its platform asks for /readyz on METRICS_PORT.

It is ready once it has polled, and then always: taking workers away while Temporal is away would help nobody
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
"""Between two looks, each twice the one before: a Temporal that throttles has better to do."""

_HEAD = b"HTTP/1.1 %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
_READY = b"200 OK", b"has polled Temporal since its start\n"
_NOT_READY = b"503 Service Unavailable", b"has not polled Temporal since its start\n"

log = structlog.get_logger()


class Readiness:
    """A worker's, for as long as its process lives."""

    def __init__(self) -> None:
        # As the SDK has it, and never used before: a restarted container has its host name and process id again.
        self.identity = f"{os.getpid()}@{socket.gethostname()}/{secrets.token_hex(4)}"
        self._has_polled = False

    @asynccontextmanager
    async def followed(self, client: Client) -> AsyncIterator[None]:
        """Asks Temporal while entered whether it lists this worker, until it does."""
        following = asyncio.create_task(self._follow(client))
        try:
            yield
        finally:
            following.cancel()

    def answer(self, head: bytes) -> bytes | None:
        """Answers a request for /readyz; None for others."""
        method, target, *_ = [*head.split(b" ", 2), b""]
        if target.partition(b"?")[0] != _PATH:
            return None
        status, body = _READY if self._has_polled else _NOT_READY
        return _HEAD % (status, len(body)) + (b"" if method == b"HEAD" else body)

    async def _follow(self, client: Client) -> None:
        """Only the server can tell: the SDK repeats a refused poll in silence, and the server lists none of those."""
        pause = _FIRST_PAUSE
        while not self._has_polled:
            with suppress(RPCError, RuntimeError):
                self._has_polled = all([await polls(client, kind, self.identity) for kind in KINDS])
            if self._has_polled:
                log.info("worker_polls")
                return
            await asyncio.sleep(pause.total_seconds())
            pause = min(pause * 2, _LONGEST_PAUSE)
