"""Settings are read from files, as Docker and Kubernetes mount secrets."""

from pathlib import Path

import pytest

from adapters.config import settings
from adapters.temporal import connection as temporal
from tests.harness.keys import secret


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CORE_DECISION_WEBHOOK", "https://core.example/decisions")
    monkeypatch.setenv("WEBHOOK_SIGNING_SECRET", "")
    return tmp_path


async def test_secrets_are_read_from_files_named_as_their_variables(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "webhook_signing_secret").write_text(f"{secret('core')}\n")
    (folder / "REDIS_URL").write_text("redis://redis.example:6379/0\n")
    (folder / "photon_webhook_secret").write_text("\n")
    (folder / "min_spacing_sec").write_text("1")
    (folder / "temporal_api_key").write_text("key-of-temporal-cloud\n")
    monkeypatch.setenv("MIN_SPACING_SEC", "2")

    loaded = settings.load()
    client = await temporal.connect({}, lazy=True)

    assert loaded.core_secrets == [secret("core")]
    assert loaded.redis_url.get_secret_value() == "redis://redis.example:6379/0"
    assert loaded.photon_webhook_secret is None, "an empty file counts as absent"
    assert loaded.min_spacing_sec == 2, "a variable that is set comes first"
    assert client.service_client.config.api_key == "key-of-temporal-cloud"


def test_folder_or_file_that_cannot_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "webhook_signing_secret").mkdir()
    with pytest.raises(SystemExit):
        settings.load()
    monkeypatch.setenv("SECRETS_DIR", str(folder / "nowhere"))
    with pytest.raises(SystemExit):
        settings.load()

    monkeypatch.setenv("SECRETS_DIR", str(folder))
    (folder / "webhook_signing_secret").rmdir()
    (folder / "webhook_signing_secret").write_text(secret("core"), encoding="utf-16")
    with pytest.raises(SystemExit):
        settings.load()

    said = [line.strip() for line in capsys.readouterr().err.splitlines() if "SECRETS_DIR" in line]
    assert said == [
        f"SECRETS_DIR: Is a directory: {folder}/webhook_signing_secret",
        f"SECRETS_DIR: No such file or directory: {folder}/nowhere",
        f"SECRETS_DIR: is not UTF-8: {folder}/webhook_signing_secret",
    ]
