"""Only pinned packages are installed; tests/faults/test_bill_of_materials.py tests their list."""

import re

import pytest

from tests.deploy.locks import PIN, pins
from tests.harness.processes import REPOSITORY

LOCKS = ("requirements.lock", "requirements-dev.lock")
NOT_PINS = re.compile(r"^ *#.*\n", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_contains_only_versions_with_their_hashes(lock: str) -> None:
    """Locks contain no index, URL or option, and both pin the same version of a package."""
    text = (REPOSITORY / lock).read_text(encoding="utf-8")

    assert NOT_PINS.sub("", PIN.sub("", text)) == ""
    assert pins("requirements.lock").items() <= pins(lock).items()


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_hashes_are_checked_wherever_something_is_installed(file: str) -> None:
    commands = re.sub(r"\\\n", " ", (REPOSITORY / file).read_text(encoding="utf-8"))
    installs = [line for line in commands.splitlines() if re.search(r"\bpip\b.* install ", line)]

    assert installs
    assert all("--require-hashes" in line for line in installs)
