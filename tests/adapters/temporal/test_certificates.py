"""Which files on disk are worth an end of the process."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.service import TLSConfig

from adapters.temporal import certificates
from adapters.temporal.certificates import Renewal, is_usable
from tests.harness.tls import Authority

EXPIRED = timedelta(seconds=-1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def issued(authority: Authority, name: str = "client", lasts: timedelta = timedelta(days=1)) -> TLSConfig:
    files = authority.issue(name, lasts=lasts)
    return TLSConfig(
        server_root_ca_cert=authority.file.read_bytes(),
        client_cert=files.certificate.read_bytes(),
        client_private_key=files.key.read_bytes(),
    )


def test_certificate_with_its_key_is_usable(authority: Authority) -> None:
    assert is_usable(issued(authority))


def test_certificate_that_is_expired_half_written_or_without_its_key_is_not(authority: Authority) -> None:
    tls, other = issued(authority), issued(authority, "other")
    assert tls.client_cert
    assert tls.client_private_key
    assert tls.server_root_ca_cert

    for unusable in (
        issued(authority, lasts=EXPIRED),
        replace(tls, client_private_key=other.client_private_key),
        replace(tls, client_cert=tls.client_cert[:100]),
        replace(tls, client_private_key=tls.client_private_key[:100]),
        replace(tls, server_root_ca_cert=tls.server_root_ca_cert[:100]),
    ):
        assert not is_usable(unusable)


async def test_new_authority_is_not_waited_with_until_the_certificate_of_the_client_is_old(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "_AUTHORITY_WITHIN", timedelta(seconds=1))
    files = authority.issue("client", lasts=timedelta(days=365))
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(authority.file))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(files.certificate))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(files.key))
    renewal, ended = Renewal(), asyncio.Event()

    authority.file.write_bytes(authority.file.read_bytes() + Authority(tmp_path, "next").file.read_bytes())
    await renewal.follow(ended.set)

    assert ended.is_set()
    assert renewal.is_due


async def test_without_certificates_nothing_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"TEMPORAL_TLS_{name}_PATH", raising=False)
    renewal = Renewal()

    await renewal.follow(lambda: pytest.fail("ended"))

    assert not renewal.is_due
