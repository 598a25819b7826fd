"""Prepares docker-compose.prod.yml and the stack of Swarm, which read secrets from files."""

import shutil
from pathlib import Path

from tests.containers.checkout import SETTINGS, write_settings
from tests.containers.commands import Project
from tests.harness.manual import Manual
from tests.harness.processes import REPOSITORY

GUIDE = Manual("docs/deployment.md", {})
GIVEN = {"TWILIO_AUTH_TOKEN", "CORE_DECISION_WEBHOOK_SIGNING_SECRET"}
"""Secrets from other parties."""
OURS = {"WEBHOOK_SIGNING_SECRET", "CORE_DECISION_WEBHOOK_SIGNING_KEY", "PHOTON_WEBHOOK_SECRET"}


def kept(folder: Path, name: str) -> Path:
    return folder / "secrets" / name.lower()


async def prepare(folder: Path, **settings: str) -> None:
    """Does what a new operator does, and writes the simulator's settings to `.env.outside`."""
    for name in ("docker-compose.prod.yml", "env.example"):
        shutil.copy(REPOSITORY / name, folder / name)
    for name in ("compose", "swarm"):
        shutil.copytree(REPOSITORY / "deploy" / name, folder / "deploy" / name)
    shutil.copy(folder / "env.example", folder / ".env")
    secrets = {name: SETTINGS[name] for name in GIVEN}
    write_settings(folder, **dict.fromkeys(OURS | GIVEN, ""), TEMPORAL_ADDRESS="temporal:7233", **settings)
    project = Project(folder, {})
    await project.shell(GUIDE.take("Docker Compose", 2))
    for name, value in {**secrets, "REDIS_URL": "redis://redis:6379/0"}.items():
        kept(folder, name).write_text(value, encoding="utf-8")
    secrets["CORE_DECISION_WEBHOOK_SIGNING_KEY"] = kept(folder, "CORE_DECISION_WEBHOOK_SIGNING_KEY").read_text()
    lines = [f"{name}={value}\n" for name, value in {**SETTINGS, **secrets, **settings}.items()]
    (folder / ".env.outside").write_text("".join(lines), encoding="utf-8")
