"""Sockets for each address of HOST, IPv4 or IPv6."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

_PIECE = 65536
_END_OF_HEAD = b"\r\n\r\n"
_IPV6 = 6
_NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


def bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Binds the port on each address; raises OSError if it is taken, or an address is not local.

    Until the server listens, callers are refused and do not wait.

    On a machine without IPv6, IPv6 addresses are skipped, unless there are no others. IPv6 sockets
    do not accept IPv4 callers, whatever the kernel's default: each family has its own socket, so
    that addresses look the same to FORWARDED_ALLOW_IPS.
    """
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for host in hosts:
        try:
            sockets.append(_bound(host, port))
        except OSError as error:
            if ":" not in host or error.errno not in _NO_SUCH_FAMILY or _has_ipv6():
                for opened in sockets:
                    opened.close()
                raise
            missing = error
    if missing and not sockets:
        raise missing
    return sockets


def _has_ipv6() -> bool:
    try:
        _bound("::1", 0).close()
    except OSError:
        return False
    return True


def _bound(host: str, port: int) -> socket.socket:
    is_ipv6 = ip_address(host).version == _IPV6
    opened = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_ipv6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    return opened


@asynccontextmanager
async def passed_on(
    sockets: Sequence[socket.socket], port: int, answer: Callable[[bytes], bytes | None]
) -> AsyncIterator[None]:
    """Forwards connections to these sockets to a loopback port while entered.

    If `answer` returns an answer to the head of a connection's first request, the connection gets
    that and ends.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(_END_OF_HEAD)
            if own := answer(head):
                writer.write(own)
                await writer.drain()
                return
            answers, asked = await asyncio.open_connection("127.0.0.1", port)
            try:
                asked.write(head)
                await asyncio.gather(_copy(reader, asked), _copy(answers, writer))
            finally:
                asked.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    servers = [await asyncio.start_server(serve, sock=sock) for sock in sockets]
    try:
        yield
    finally:
        for server in servers:
            server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
