"""The bill of materials of the gateway; a module of its own, because the tool is slow."""

import json
import subprocess
import sys
from pathlib import Path

from tests.deploy.locks import pins
from tests.harness.processes import REPOSITORY


def test_bill_of_materials_lists_each_dependency_once_and_is_reproducible(tmp_path: Path) -> None:
    """`make sbom` validates the list; the test runs it without a rebuild of the environment."""
    command = [
        "make",
        f"BIN={Path(sys.executable).parent}",
        "--assume-old=.venv/.installed",
        f"DIST={tmp_path}",
        "sbom",
    ]

    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)  # noqa: S603  # no untrusted input

    listed = json.loads((tmp_path / "sbom.cdx.json").read_text(encoding="utf-8"))
    named = [part["name"] for part in listed["components"]]
    assert sorted(named) == sorted(pins("requirements.lock").keys() - {"async-timeout"}), "only Python 3.11.2 needs it"
    assert all(part["externalReferences"][0]["hashes"] for part in listed["components"])
    assert listed["metadata"]["component"]["name"] == "brandpilot-approval-gateway"
    assert "serialNumber" not in listed
    assert "timestamp" not in listed["metadata"]
