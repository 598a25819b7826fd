"""A process exits for new TLS files, and only for those."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.temporal import certificates
from adapters.temporal.certificates import Renewal
from tests.harness.processes import until
from tests.harness.tls import Authority, Files


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


async def test_process_warns_of_a_certificate_that_expires_soon_once_a_day(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "_PERIOD", timedelta(milliseconds=1))
    soon, late = timedelta(minutes=5), timedelta(days=365)

    assert await warnings(authority.issue("client", lasts=late), timedelta(), monkeypatch, times=0) == 0
    assert await warnings(authority.issue("client", lasts=soon), timedelta(days=1), monkeypatch, times=1) == 1
    assert await warnings(authority.issue("client", lasts=soon), timedelta(), monkeypatch, times=3) >= 3


async def warnings(files: Files, every: timedelta, monkeypatch: pytest.MonkeyPatch, times: int) -> int:
    """Returns how often a process warned after some warnings and some more looks at the files."""
    monkeypatch.setattr(certificates, "_WARNED_EVERY", every)
    for name, path in files.settings.items():
        monkeypatch.setenv(name, path)
    with capture_logs() as said:
        following = asyncio.create_task(Renewal().follow(lambda: pytest.fail("ended")))
        await until(lambda: len(said) >= times)
        await asyncio.sleep(0.05)
        following.cancel()
    assert {line["event"] for line in said} <= {"temporal_certificate_expires"}
    return len(said)


async def test_process_without_certificates_does_not_exit_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"TEMPORAL_TLS_{name}_PATH", raising=False)
    renewal = Renewal()

    await renewal.follow(lambda: pytest.fail("ended"))

    assert not renewal.is_due
