"""What is installed is what was pinned, and what it is made of can be listed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.locks import PIN, pins
from tests.harness.processes import REPOSITORY

LOCKS = ("requirements.lock", "requirements-dev.lock")
NOT_PINS = re.compile(r"^ *#.*\n", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_nothing_but_versions_with_their_hashes(lock: str) -> None:
    """No index, no URL, no option; what the gateway needs is the same in both."""
    text = (REPOSITORY / lock).read_text(encoding="utf-8")

    assert NOT_PINS.sub("", PIN.sub("", text)) == ""
    assert pins("requirements.lock").items() <= pins(lock).items()


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_hashes_are_checked_wherever_something_is_installed(file: str) -> None:
    commands = re.sub(r"\\\n", " ", (REPOSITORY / file).read_text(encoding="utf-8"))
    installs = [line for line in commands.splitlines() if re.search(r"\bpip\b.* install ", line)]

    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_bill_of_materials_lists_every_dependency_and_nothing_that_differs_between_two_runs(tmp_path: Path) -> None:
    """Made as `make sbom` does, whatever the age of the virtual environment; it is validated while it is made."""
    command = [
        "make",
        f"BIN={Path(sys.executable).parent}",
        "--assume-old=.venv/.installed",
        f"DIST={tmp_path}",
        "sbom",
    ]

    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)  # noqa: S603  # no input of others is in it

    listed = json.loads((tmp_path / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert {part["name"]: part["version"] for part in listed["components"]} == pins("requirements.lock")
    assert all(part["externalReferences"][0]["hashes"] for part in listed["components"])
    assert listed["metadata"]["component"]["name"] == "brandpilot-approval-gateway"
    assert "serialNumber" not in listed
    assert "timestamp" not in listed["metadata"]
