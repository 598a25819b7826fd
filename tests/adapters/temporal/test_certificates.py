"""A process exits for new TLS files, and only for those."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.temporal import certificates
from adapters.temporal.certificates import Renewal
from tests.harness.tls import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_new_authority_does_not_wait_until_the_client_certificate_is_old(
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


async def test_process_without_certificates_does_not_exit_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"TEMPORAL_TLS_{name}_PATH", raising=False)
    renewal = Renewal()

    await renewal.follow(lambda: pytest.fail("ended"))

    assert not renewal.is_due
