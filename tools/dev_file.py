"""The file with the settings of `make dev`, for a second terminal."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.config.settings import Settings

_NAME = "dev.env"


def write(folder: Path, environment: Mapping[str, str]) -> Path:
    """Writes every setting in the environment to a file for `sh`, and returns its path.

    Only the file's owner can read it. It also puts this Python's folder first in PATH, so that
    documented commands run as written, except the tests, which bring their own settings.
    """
    path = folder / _NAME
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("".join(f"{line}\n" for line in _lines(path, environment)), encoding="utf-8")
    return path


def _lines(path: Path, environment: Mapping[str, str]) -> list[str]:
    settings = {name.upper() for name in Settings.model_fields} - {"LOG_FORMAT"}
    named = sorted(name for name in environment if name in settings or name.startswith("TEMPORAL_") or _is_port(name))
    return [
        f"# What `make dev` runs with, for another terminal: . {shlex.quote(str(path))}",
        f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"',
        f"export GATEWAY_URL=http://localhost:{environment['PORT']}",
        *(f"export {name}={shlex.quote(environment[name])}" for name in named),
    ]


def _is_port(name: str) -> bool:
    """Returns whether it is a port, which the next `make dev` in that terminal must keep."""
    return name.endswith("_PORT") and name.isidentifier()
