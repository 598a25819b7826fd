"""`python -m tools.dev`: what it refuses; tests/faults/test_dev.py runs all of it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.processes import free_port, run_python
from tools import dev_file
from tools.dev import PORTS
from tools.dev_welcome import welcome


@pytest.mark.parametrize("name", [next(iter(PORTS)), list(PORTS)[-1]])
async def test_taken_port_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    ports = {port: str(free_port()) for port in PORTS}
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", int(ports[name])))
        occupant.listen()
        code, output = await run_python("-m", "tools.dev", environment={**ports, "DATA_DIR": str(tmp_path)})

    assert code == 1
    assert len(output.splitlines()) == 1
    assert f"Port {ports[name]} is taken" in output
    assert f" {name}=" in output


def test_file_can_be_sourced_with_any_value_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = {"PORT": "8080", "WEBHOOK_SIGNING_SECRET": "it's $HOME `id`\\", "BRANDS_FILE": "", "HOME": "/nowhere"}
    written = dev_file.write(tmp_path, settings)
    names = ("WEBHOOK_SIGNING_SECRET", "BRANDS_FILE", "GATEWAY_URL", "HOME")

    printed = "; ".join(f'printf "%s\\n" "${{{name}}}"' for name in names)
    run = ["sh", "-euc", f". '{written}'; {printed}; command -v python"]
    shown = subprocess.run(run, check=True, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": "h"})  # noqa: S603

    python = str(Path(sys.executable).with_name("python"))
    assert shown.stdout.splitlines() == ["it's $HOME `id`\\", "", "http://localhost:8080", "h", python]
    assert written.stat().st_mode & 0o077 == 0


def test_secret_of_the_developer_is_not_printed_and_the_header_still_works_in_a_shell() -> None:
    shown = welcome(PORTS, "$WEBHOOK_SIGNING_SECRET", Path("dev.env"))

    assert "Authorization: Bearer $WEBHOOK_SIGNING_SECRET" in shown
    assert ". ./dev.env && python tools/seed_candidate.py" in shown
