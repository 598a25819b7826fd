"""An authority that signs certificates, and a proxy that adds TLS to a server without it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.harness.processes import free_port

_A_DAY = timedelta(days=1)
_CHUNK = 65536


@dataclass(frozen=True)
class Files:
    """A certificate and its key, in PEM."""

    certificate: Path
    key: Path

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a Temporal client that uses these files."""
        return {
            "TEMPORAL_TLS_CLIENT_CERT_PATH": str(self.certificate),
            "TEMPORAL_TLS_CLIENT_KEY_PATH": str(self.key),
        }


class Authority:
    """Signs certificates; `file` contains its own certificate."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        is_authority = x509.BasicConstraints(ca=True, path_length=None)
        own = self._builder(self._name, self._key, _A_DAY).add_extension(is_authority, critical=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(
        self, name: str, host: str = "127.0.0.1", lasts: timedelta = _A_DAY, began: timedelta = 2 * _A_DAY
    ) -> Files:
        """Writes a certificate for a host, and replaces the last one with the same name.

        It has been valid for `began`, and stays valid for `lasts`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        of_host = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        builder = self._builder(_named(name), key, lasts, began)
        builder = builder.add_extension(x509.SubjectAlternativeName([of_host]), critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        files = Files(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        files.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta, began: timedelta = 2 * _A_DAY
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - began,
            not_valid_after=now + lasts,
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def server_context(server: Files, clients_of: Authority | None, protocol: str | None) -> ssl.SSLContext:
    """Returns a context that, with `clients_of`, requires a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    if protocol:
        context.set_alpn_protocols([protocol])
    if clients_of:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of.file)
    return context


@asynccontextmanager
async def terminating(
    target: int,
    server: Files,
    *,
    clients_of: Authority | None = None,
    protocol: str | None = None,
    port: int | None = None,
) -> AsyncIterator[int]:
    """Serves TLS on a port of this machine, in front of another port; yields the port.

    With `clients_of`, it accepts only clients with a certificate of that authority. Connections
    outlast it, as they do when one of several servers is replaced.
    """
    context = server_context(server, clients_of, protocol)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            behind = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(_pass_on(reader, behind[1]), _pass_on(behind[0], writer))

    port = port or free_port()
    listening = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    try:
        yield port
    finally:
        listening.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(_CHUNK):
            writer.write(content)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
