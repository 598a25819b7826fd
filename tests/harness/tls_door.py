"""A proxy that terminates TLS as servers do.

A client whose certificate it refuses gets an alert, which can be lost.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.harness.processes import free_port
from tests.harness.tls import Authority, Files, server_context

_CHUNK = 65536


@dataclass
class Door:
    """`lost` is how many of the next alerts are lost, because the connection is reset first."""

    target: int
    server: Files
    authority: Authority
    """The authority of the server's own certificate."""

    clients_of: Authority
    lost: int = 0
    accepted: int = 0
    refused: int = 0
    port: int = field(default_factory=free_port)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def settings(self, client: Files | None) -> dict[str, str]:
        """Returns the settings of a client that connects to it, with or without a certificate."""
        own = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.port}",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(self.authority.file),
        }
        return own | (client.settings if client else {})

    def cut(self) -> None:
        """Ends every connection, as a restarting server does."""
        for writer in [*self._open]:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            session = _Session(server_context(self.server, self.clients_of, "h2"), reader, writer)
            if await session.is_accepted():
                self.accepted += 1
                await session.pass_on_to(self.target)
                return
            self.refused += 1
            self.lost -= 1
            if self.lost < 0:
                await session.say_why()
        except (OSError, ssl.SSLError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()


class _Session:
    def __init__(self, context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._reader, self._writer = reader, writer

    async def is_accepted(self) -> bool:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._take()
            except ssl.SSLError:
                return False
            else:
                await self._flush()
                return True

    async def say_why(self) -> None:
        """Sends the alert, and reads what the client sent, to prevent a reset of the connection."""
        await self._flush()
        self._writer.write_eof()
        while await self._reader.read(_CHUNK):
            pass

    async def pass_on_to(self, target: int) -> None:
        behind = await asyncio.open_connection("127.0.0.1", target)
        try:
            passing = [asyncio.create_task(self._inwards(behind[1])), asyncio.create_task(self._outwards(behind[0]))]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
        finally:
            behind[1].close()

    async def _inwards(self, to: asyncio.StreamWriter) -> None:
        while True:
            with suppress(ssl.SSLWantReadError):
                while content := self._tls.read(_CHUNK):
                    to.write(content)
                return
            await to.drain()
            await self._take()

    async def _outwards(self, source: asyncio.StreamReader) -> None:
        while content := await source.read(_CHUNK):
            self._tls.write(content)
            await self._flush()

    async def _take(self) -> None:
        content = await self._reader.read(_CHUNK)
        if not content:
            raise ConnectionResetError
        self._incoming.write(content)

    async def _flush(self) -> None:
        self._writer.write(self._outgoing.read())
        await self._writer.drain()


@asynccontextmanager
async def door(target: int, server: Files, authority: Authority) -> AsyncIterator[Door]:
    """Serves TLS in front of a local port, to clients with a certificate of the authority."""
    opened = Door(target, server, authority, clients_of=authority)
    listening = await asyncio.start_server(opened.serve, "127.0.0.1", opened.port)
    try:
        yield opened
    finally:
        listening.close()
        opened.cut()
