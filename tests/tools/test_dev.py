"""`python -m tools.dev`: what it refuses; all that it runs is in tests/faults/test_dev.py."""

import socket
from pathlib import Path

import pytest

from tests.harness.processes import free_port, run_python
from tools.dev import PORTS


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
