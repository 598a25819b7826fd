"""`python -m tools.lock [--check]`: pins the dependencies in pyproject.toml, with hashes.

`python -m tools.lock --for 3.11.14` prints the part of requirements.lock that this Python installs
on Linux, as in the image. The locks contain no index URL.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.markers import Marker

_COMPILE = ["-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url"]
_LOCKS = {
    Path("requirements.lock"): [],
    Path("requirements-dev.lock"): ["--group", "dev", "--constraint", "requirements.lock"],
}

_PIN = re.compile(r"^([^ #\n]+==[^ ]+(?: ; ([^\\\n]+?))? \\\n(?:    --hash=\S+(?: \\\n|\n))+)", re.MULTILINE)
"""A pin with its hashes, and its marker if it has one."""


def main() -> int:
    if "--for" in sys.argv:
        print(installed_by(sys.argv[-1], Path("requirements.lock").read_text(encoding="utf-8")))
        return 0
    if "--check" not in sys.argv:
        for lock, options in _LOCKS.items():
            _compile(lock, options)
        return 0
    stale = [str(lock) for lock, options in _LOCKS.items() if not _is_fresh(lock, options)]
    if stale:
        print(f"{', '.join(stale)} are out of date with pyproject.toml; run make lock", file=sys.stderr)
    return len(stale)


def _is_fresh(lock: Path, options: list[str]) -> bool:
    """Compiles again from the current pins, which change only where pyproject.toml needs it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(lock, folder))
        _compile(copy, options)
        return copy.read_text(encoding="utf-8") == lock.read_text(encoding="utf-8")


def _compile(lock: Path, options: list[str]) -> None:
    command = [sys.executable, *_COMPILE, "--custom-compile-command", "make lock", "pyproject.toml", *options]
    subprocess.run([*command, "--output-file", str(lock)], check=True)  # noqa: S603  # no outside input


def installed_by(python: str, lock: str) -> str:
    """Returns the pins, with hashes, whose markers are true for this CPython on Linux."""
    environment = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "linux",
    }
    pins = _PIN.findall(lock)
    return "\n".join(pin for pin, marker in pins if not marker or Marker(marker).evaluate(environment))


if __name__ == "__main__":
    sys.exit(main())
