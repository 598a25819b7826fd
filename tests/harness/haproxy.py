"""HAProxy, which terminates TLS in front of Temporal for clients with a certificate.

It must offer HTTP/2 during the handshake (ALPN), or the SDK refuses it; Debian's stunnel cannot.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.harness.processes import Process, free_port, listen, program
from tests.harness.tls import Authority, Files

_PROGRAM = program("haproxy")

needs_haproxy = pytest.mark.skipif(
    _PROGRAM is None, reason="haproxy is not installed; with apt, `make haproxy` fetches it"
)


@asynccontextmanager
async def haproxy(folder: Path, target: int, server: Files, clients_of: Authority) -> AsyncIterator[int]:
    """Runs HAProxy in front of a port of this machine; yields its own port."""
    port, both = free_port(), folder / "haproxy.pem"
    both.write_bytes(server.certificate.read_bytes() + server.key.read_bytes())
    (folder / "haproxy.cfg").write_text(
        f"""
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen temporal
    bind 127.0.0.1:{port} ssl crt {both} ca-file {clients_of.file} verify required alpn h2
    server temporal 127.0.0.1:{target}
""",
        encoding="utf-8",
    )

    process = Process([str(_PROGRAM), "-db", "-f", str(folder / "haproxy.cfg")], {}, lambda: listen(port))
    try:
        await process.start()
        yield port
    finally:
        await process.kill()
