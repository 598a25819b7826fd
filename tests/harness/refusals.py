"""A gRPC server that refuses every request, as a load balancer in front of Temporal might.

It reads no request, and answers each with the same status. It implements only the necessary parts
of HTTP/2 (RFC 9113, and RFC 7541 for the literal headers of an answer).
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from temporalio.service import RPCStatusCode

from tests.harness.processes import free_port

_PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
_DATA, _HEADERS, _SETTINGS, _PING, _WINDOW_UPDATE = 0, 1, 4, 6, 8
_ACK = _END_STREAM = 1
_END_HEADERS = 4
_STATUS_200 = b"\x88"


@dataclass
class Refusals:
    """The first `passed` requests, which the SDK sends when it connects, get an empty answer.

    The next one is refused, or gets no answer if the status is None. After it `again` more pass,
    and so on.
    """

    address: str
    status: RPCStatusCode | None
    passed: int
    again: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            await reader.readexactly(_PREFACE)
            writer.write(_frame(_SETTINGS))
            while True:
                head = await reader.readexactly(9)
                length, kind, flags = int.from_bytes(head[:3]), head[3], head[4]
                stream = int.from_bytes(head[5:]) & 0x7FFFFFFF
                content = await reader.readexactly(length)
                if kind in {_SETTINGS, _PING} and not flags & _ACK:
                    writer.write(_frame(kind, _ACK, content=content if kind == _PING else b""))
                if kind == _DATA and length:
                    writer.write(_frame(_WINDOW_UPDATE, content=struct.pack(">I", length)))
                if kind in {_DATA, _HEADERS} and flags & _END_STREAM:
                    writer.write(self._answer(stream))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, stream: int) -> bytes:
        head = _STATUS_200 + _literal("content-type", "application/grpc")
        if self.passed > 0:
            self.passed -= 1
            answered = _frame(_HEADERS, _END_HEADERS, stream, head) + _frame(_DATA, 0, stream, bytes(5))
            return answered + _frame(_HEADERS, _END_HEADERS | _END_STREAM, stream, _literal("grpc-status", "0"))
        self.passed = self.again
        if not self.status:
            return b""
        refused = _literal("grpc-status", str(self.status.value)) + _literal("grpc-message", "refused by the tests")
        return _frame(_HEADERS, _END_HEADERS | _END_STREAM, stream, head + refused)


@asynccontextmanager
async def refusing(status: RPCStatusCode | None, passed: int, again: int = 0) -> AsyncIterator[Refusals]:
    refusals = Refusals(f"127.0.0.1:{(port := free_port())}", status, passed, again)
    server = await asyncio.start_server(refusals.serve, "127.0.0.1", port)
    try:
        yield refusals
    finally:
        server.close()
        for writer in refusals.writers:
            writer.close()


def _frame(kind: int, flags: int = 0, stream: int = 0, content: bytes = b"") -> bytes:
    return len(content).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + content


def _literal(name: str, value: str) -> bytes:
    """Returns a header that neither side adds to its table; each text is shorter than 127 bytes."""
    return b"\x00" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))
