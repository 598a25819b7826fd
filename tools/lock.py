"""`python -m tools.lock [--check]`: pins what pyproject.toml asks for, with hashes, and no index URL."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_COMPILE = ["-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url"]
_LOCKS = {
    Path("requirements.lock"): [],
    Path("requirements-dev.lock"): ["--group", "dev", "--constraint", "requirements.lock"],
}


def main() -> int:
    if "--check" not in sys.argv:
        for lock, options in _LOCKS.items():
            _compile(lock, options)
        return 0
    stale = [str(lock) for lock, options in _LOCKS.items() if not _is_fresh(lock, options)]
    if stale:
        print(f"{', '.join(stale)} no longer follow from pyproject.toml; run make lock", file=sys.stderr)
    return len(stale)


def _is_fresh(lock: Path, options: list[str]) -> bool:
    """Compile anew from the pins that stand: what still satisfies pyproject.toml stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(lock, folder))
        _compile(copy, options)
        return copy.read_text(encoding="utf-8") == lock.read_text(encoding="utf-8")


def _compile(lock: Path, options: list[str]) -> None:
    command = [sys.executable, *_COMPILE, "--custom-compile-command", "make lock", "pyproject.toml", *options]
    subprocess.run([*command, "--output-file", str(lock)], check=True)  # noqa: S603  # no input of others is in it


if __name__ == "__main__":
    sys.exit(main())
