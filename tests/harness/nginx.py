"""Runs nginx with the files in deploy/nginx in front of a test's apis.

It changes only ports, the certificate, folders, IPv6 (which a machine might lack) and the timeout
for headers. A header sets the client's address, because otherwise all tests would be one client.
nginx.conf is as Debian installs it, until the guide's commands change it.
"""

import asyncio
import getpass
import os
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness.edges import another_edge
from tests.harness.keys import encryption_keys, secret
from tests.harness.manual import Manual
from tests.harness.processes import REPOSITORY, Process, free_port, program
from tests.harness.stack import Stack

NGINX = program("nginx")
NAME = "approvals.example.com"
CLIENT_ADDRESS = "X-Address-Of-The-Test"
"""The header with the client address of a test's request."""

CODEC = {"CODEC_SECRETS": secret("codec"), "PAYLOAD_ENCRYPTION_KEYS": encryption_keys("a")}
"""The settings that enable /codec."""

UNCHANGED: Mapping[str, str] = {}

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed; with apt, `make nginx` fetches it")


@dataclass(frozen=True)
class Site:
    port: int
    http_port: int
    folder: Path
    trust: ssl.SSLContext
    client: httpx.AsyncClient

    @property
    def log(self) -> str:
        return (self.folder / "approval-gateway.log").read_text(encoding="utf-8")

    @property
    def error_log(self) -> str:
        return (self.folder / "error.log").read_text(encoding="utf-8")


class Through(httpx.AsyncHTTPTransport):
    """Connects to a port of this machine for any name, as if DNS resolved it to here."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust, limits=httpx.Limits(max_connections=None))
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


@asynccontextmanager
async def site_of_an_edge(
    stack: Stack, folder: Path, settings: Mapping[str, str] = UNCHANGED, edits: Mapping[str, str] = UNCHANGED
) -> AsyncIterator[tuple[Site, httpx.AsyncClient]]:
    """Runs nginx in front of one more edge of a stack; yields the site and a client of the edge."""
    async with another_edge(stack, **settings) as edge, running_site(folder, [edge.base_url.port or 0], edits) as site:
        yield site, edge


@asynccontextmanager
async def running_site(folder: Path, apis: Sequence[int], edits: Mapping[str, str] = UNCHANGED) -> AsyncIterator[Site]:
    """Runs nginx in front of the apis on these ports, with edits to the files."""
    port, http_port, trust = free_port(), free_port(), certified(folder)
    nginx = debians_nginx(folder)
    for name in ("acme", "approval-gateway"):
        text = (REPOSITORY / f"deploy/nginx/{name}.conf").read_text(encoding="utf-8")
        text = on_this_machine(text, folder, {"443": port, "80": http_port}, apis)
        text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder))
        text = text.replace("client_header_timeout 10s", "client_header_timeout 1s")
        for said_there, said_here in edits.items():
            text = text.replace(said_there, said_here)
        (folder / f"sites-enabled/{name}.conf").write_text(text, encoding="utf-8")
    await guide_of(folder).run("Connections", 0, {"/etc/nginx": str(folder)})
    await nginx.start()
    try:
        async with httpx.AsyncClient(base_url=f"https://{NAME}", transport=Through(port, trust), timeout=15) as client:
            yield Site(port, http_port, folder, trust, client)
    finally:
        await nginx.stop()


def on_this_machine(text: str, folder: Path, ports: Mapping[str, int], apis: Sequence[int]) -> str:
    """Returns a site's file with the ports and folders of a test."""
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"listen (\d+)", lambda match: f"listen 127.0.0.1:{ports[match[1]]}", text)
    text = text.replace("# server 127.0.0.1:8081", "server 127.0.0.1:8081" if apis[1:] else "#")
    for documented, api in zip(("8080", "8081"), apis, strict=False):
        text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{api}")
    return text.replace("/var/www/acme", str(folder / "acme")).replace("/var/log/nginx", str(folder))


def debians_nginx(folder: Path) -> Process:
    """Writes nginx.conf as Debian installs it, without a site; returns nginx for tests to start."""
    for name in ("sites-available", "sites-enabled", "modules-enabled"):
        (folder / name).mkdir()
    kept = "".join(f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"include {folder}/modules-enabled/*.conf;\nevents {{\n\tworker_connections 768;\n}}\n"
        f"http {{ access_log off; {kept} set_real_ip_from 127.0.0.1; real_ip_header {CLIENT_ADDRESS};\n"
        f"include {folder}/sites-enabled/*; }}\n",
        encoding="utf-8",
    )

    pid = folder / "nginx.pid"

    async def listens() -> bool:
        return pid.exists() and bool(pid.read_text(encoding="utf-8"))  # `nginx -t` makes an empty one

    return Process([str(NGINX), "-e", "stderr", "-c", str(folder / "nginx.conf")], {}, listens)


def guide_of(folder: Path, **environment: str) -> Manual:
    """Returns the guide, whose commands act on the nginx of a folder and install nothing."""
    programs = {
        "sudo": 'exec "$@"',
        "apt-get": ":",
        "nginx": f'exec {NGINX} -e stderr -c {folder}/nginx.conf "$@"',
        "systemctl": f'[ "$1" != reload ] || kill -HUP "$(cat {folder}/nginx.pid)"',
    }
    (folder / "bin").mkdir()
    for name, does in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    path = f"{folder}/bin:{os.environ['PATH']}:{REPOSITORY}/.tools"
    return Manual("deploy/nginx/README.md", {"PATH": path, **environment})


def certified(folder: Path) -> ssl.SSLContext:
    """Writes a certificate where certbot would, and returns an SSL context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name,
            name,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(hours=1),
            now + timedelta(hours=1),
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "fullchain.pem").write_bytes(pem)
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.create_default_context(cadata=pem.decode())


async def said(site: Site, request: bytes, *, within: float = 10, encrypted: bool = True) -> str:
    """Sends bytes, and returns all that arrives until the connection closes.

    The bytes need not be a whole request.
    """
    port, trust, name = (site.port, site.trust, NAME) if encrypted else (site.http_port, None, None)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=name)
    writer.write(request)
    answer = bytearray()
    try:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(within):
                while piece := await reader.read(65536):
                    answer += piece
    finally:
        writer.close()
    return answer.decode()
