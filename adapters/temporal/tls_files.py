"""Reads the TLS files for Temporal, and finds what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import Certificate, InvalidVersion, load_pem_x509_certificates
from temporalio.service import TLSConfig

from domain.engine_states import EngineState

Tls = TLSConfig | bool | None
"""The SDK's type; True means TLS without files."""

_NO_CERTIFICATE, _NO_KEY = "no certificate in PEM", "no private key in PEM without a passphrase"
_A_WEEK = timedelta(weeks=1)
_UNREADABLE = (TypeError, ValueError, UnsupportedAlgorithm, InvalidVersion)
_KEY_IN_PEM, _CERTIFICATE_IN_PEM = b"PRIVATE KEY-----", b"-----BEGIN CERTIFICATE-----"
_PUBLIC = Encoding.DER, PublicFormat.SubjectPublicKeyInfo


class Part(StrEnum):
    """A part of TLS, by its name in the variables."""

    AUTHORITY = "SERVER_CA_CERT"
    CERTIFICATE = "CLIENT_CERT"
    KEY = "CLIENT_KEY"


@dataclass(frozen=True)
class TlsProblem:
    """A problem with one part. `words` follow the name of the part's variable."""

    part: Part
    words: str
    state: EngineState = EngineState.AWAY


@dataclass(frozen=True)
class Validity:
    """The period for which a client certificate is valid."""

    begins: datetime
    ends: datetime

    @property
    def warned_of(self) -> timedelta:
        """How long before the end a new certificate is due.

        deploy/prometheus/alerts.yml has the same rule.
        """
        return min((self.ends - self.begins) / 10, _A_WEEK)

    @property
    def warning(self) -> str | None:
        """When the certificate expires, once a new one is due; None before.

        Log, /readyz and the doctor say it in these words.
        """
        left = self.ends - datetime.now(UTC)
        if left > self.warned_of:
            return None
        if left <= timedelta():
            return expired(self.ends)
        return f"the client certificate for Temporal expires at {self.ends.isoformat()}"


def problems(tls: TLSConfig) -> list[TlsProblem]:
    """Returns why the files cannot be used now; files that are being written often have one."""
    return [*_of_authority(tls.server_root_ca_cert), *_of_client(tls.client_cert, tls.client_private_key)]


def validity(tls: Tls) -> Validity | None:
    """Returns the validity of the client certificate; None if no certificate can be read."""
    if not isinstance(tls, TLSConfig) or not tls.client_cert or not (own := _first(tls.client_cert)):
        return None
    return Validity(own.not_valid_before_utc, own.not_valid_after_utc)


def expired(ends: datetime) -> str:
    return f"the client certificate expired at {ends.isoformat()}"


def _of_authority(pem: bytes | None) -> Iterator[TlsProblem]:
    if pem is not None and not _first(pem):
        yield TlsProblem(Part.AUTHORITY, _NO_CERTIFICATE)


def _of_client(pem: bytes | None, key_pem: bytes | None) -> Iterator[TlsProblem]:
    if pem is None or key_pem is None:
        return
    own, key = _first(pem), _key(key_pem)
    if not own:
        yield TlsProblem(
            Part.CERTIFICATE, "a private key, not a certificate" if _KEY_IN_PEM in pem else _NO_CERTIFICATE
        )
    if not key:
        yield TlsProblem(Part.KEY, "a certificate, not a private key" if _CERTIFICATE_IN_PEM in key_pem else _NO_KEY)
    if own and key and own.public_key().public_bytes(*_PUBLIC) != key.public_key().public_bytes(*_PUBLIC):
        yield TlsProblem(Part.KEY, "not the key of the client certificate")
    if own:
        yield from _of_dates(own)


def _of_dates(own: Certificate) -> Iterator[TlsProblem]:
    now = datetime.now(UTC)
    if now >= own.not_valid_after_utc:
        yield TlsProblem(Part.CERTIFICATE, expired(own.not_valid_after_utc), EngineState.EXPIRED_CERTIFICATE)
    if now < own.not_valid_before_utc:
        yield TlsProblem(
            Part.CERTIFICATE, f"the client certificate is not valid before {own.not_valid_before_utc.isoformat()}"
        )


def _first(pem: bytes) -> Certificate | None:
    """Returns the client's own certificate; the authorities' certificates follow it."""
    try:
        return load_pem_x509_certificates(pem)[0]
    except _UNREADABLE:
        return None


def _key(pem: bytes) -> PrivateKeyTypes | None:
    try:
        return load_pem_private_key(pem, password=None)
    except _UNREADABLE:
        return None
