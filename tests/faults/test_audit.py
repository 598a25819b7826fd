"""`make audit` without access to its data."""

import os
import subprocess
import sys
from pathlib import Path

from tests.harness.processes import REPOSITORY, free_port


def test_audit_that_cannot_look_up_anything_fails_with_the_reason() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    command = ["make", f"BIN={Path(sys.executable).parent}", "--assume-old=.venv/.installed", "audit"]

    audit = subprocess.run(  # noqa: S603  # no untrusted input
        command, cwd=REPOSITORY, env={**os.environ, "HTTPS_PROXY": nowhere}, capture_output=True, text=True, check=False
    )

    assert audit.returncode != 0
    assert "could not look up every package" in audit.stderr
