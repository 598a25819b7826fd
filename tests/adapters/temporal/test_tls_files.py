"""Unusable TLS files for Temporal stop every program, with the names of their variables."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.temporal import connection
from domain.errors import EngineMisconfiguredError
from tests.harness.processes import run_python
from tests.harness.stack import environment
from tests.harness.tls import Authority, Files

Change = Callable[[Authority, Files], object]
PROGRAMS = ("api", "worker", "standalone", "tools.setup_temporal")


def has_key_of_another(authority: Authority, files: Files) -> None:
    files.key.write_bytes(authority.issue("another").key.read_bytes())


def is_swapped(_: Authority, files: Files) -> None:
    certificate, key = files.certificate.read_bytes(), files.key.read_bytes()
    files.certificate.write_bytes(key)
    files.key.write_bytes(certificate)


def is_half_written(_: Authority, files: Files) -> None:
    files.certificate.write_bytes(files.certificate.read_bytes()[:100])
    files.key.write_bytes(b"")


def has_expired(authority: Authority, _: Files) -> None:
    authority.issue("client", lasts=timedelta(seconds=-1))


def is_not_valid_yet(authority: Authority, _: Files) -> None:
    authority.issue("client", began=timedelta(hours=-1))


def has_no_authority(authority: Authority, files: Files) -> None:
    authority.file.write_bytes(files.key.read_bytes())


CERTIFICATE, KEY, AUTHORITY = "CLIENT_CERT", "CLIENT_KEY", "SERVER_CA_CERT"
FAULTS: dict[Change, dict[str, str]] = {
    has_key_of_another: {KEY: "not the key of the client certificate"},
    is_swapped: {CERTIFICATE: "a private key, not a certificate", KEY: "a certificate, not a private key"},
    is_half_written: {CERTIFICATE: "no certificate in PEM", KEY: "no private key in PEM"},
    has_expired: {CERTIFICATE: "the client certificate expired at 2"},
    is_not_valid_yet: {CERTIFICATE: "the client certificate is not valid before 2"},
    has_no_authority: {AUTHORITY: "no certificate in PEM"},
}


def files_with(folder: Path, change: Change) -> dict[str, Path]:
    """Writes all three files, and changes them."""
    authority = Authority(folder)
    client = authority.issue("client")
    change(authority, client)
    return {AUTHORITY: authority.file, CERTIFICATE: client.certificate, KEY: client.key}


@pytest.mark.parametrize("change", FAULTS)
@pytest.mark.parametrize("held_by", ["path", "data", "profile"])
def test_each_fault_is_reported_with_the_name_of_its_variable_or_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_by: str, change: Change
) -> None:
    files = files_with(tmp_path, change)
    if held_by == "profile":
        profile = tmp_path / "temporal.toml"
        lines = [f'{part.lower()}_path = "{path}"' for part, path in files.items()]
        profile.write_text("\n".join(["[profile.default.tls]", *lines]), encoding="utf-8")
        monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(profile))
    for part, path in files.items():
        if held_by != "profile":
            text = str(path) if held_by == "path" else path.read_text(encoding="utf-8") or " "
            monkeypatch.setenv(f"TEMPORAL_TLS_{part}_{held_by.upper()}", text)

    with pytest.raises(EngineMisconfiguredError) as refused:
        connection.configuration()

    said = str(refused.value).removeprefix("Temporal's settings cannot be used: ").split("; ")
    for part, words in FAULTS[change].items():
        holder = f"{part.lower()}_path" if held_by == "profile" else f"TEMPORAL_TLS_{part}_{held_by.upper()}"
        assert any(one.startswith(holder) and words in one for one in said), said
    assert len(said) == len(FAULTS[change])


@pytest.mark.parametrize("change", [has_key_of_another, has_expired])
async def test_each_program_ends_with_exit_code_2_and_one_line(tmp_path: Path, change: Change) -> None:
    files = files_with(tmp_path, change)
    settings = environment() | {f"TEMPORAL_TLS_{part}_PATH": str(path) for part, path in files.items()}
    ((part, words),) = FAULTS[change].items()

    for code, output in await asyncio.gather(*(run_python("-m", name, environment=settings) for name in PROGRAMS)):
        assert (code, output.count("\n")) == (2, 1), output
        assert f"TEMPORAL_TLS_{part}_PATH: {words}" in output


async def test_files_without_a_fault_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_with(tmp_path, lambda authority, client: (authority, client))
    for part, path in files.items():
        monkeypatch.setenv(f"TEMPORAL_TLS_{part}_PATH", str(path))

    assert "tls" in connection.configuration()
