"""The doctor finds ports that are reachable without the proxy."""

import re
import socket
from pathlib import Path

import pytest

from adapters.http import listening
from tests.harness.processes import REPOSITORY, free_port
from tests.harness.stack import environment, load
from tools.doctor import listeners


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Returns the /proc files of a machine with systemd, with the sockets of this one."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1/comm").write_text("systemd\n", encoding="utf-8")
    (tmp_path / "net").symlink_to("/proc/self/net")
    return tmp_path


def opened(host: str, port: int) -> socket.socket:
    (bound,) = listening.bind([host], port)
    bound.listen()
    return bound


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the kernel does not list sockets here")
@pytest.mark.parametrize(("host", "is_named"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False)])  # noqa: S104
def test_port_that_is_open_to_the_world_is_named(machine: Path, host: str, *, is_named: bool) -> None:
    settings = load(environment(METRICS_PORT=str(port := free_port())))
    with opened(host, port):
        findings = listeners.check(settings, machine)

    assert any(f"{port} (METRICS_PORT)" in found.says for found in findings) == is_named


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the kernel does not list sockets here")
@pytest.mark.parametrize(("role", "name"), [("api", "PORT"), ("worker", "METRICS_PORT")])
def test_each_process_that_the_guide_starts_is_named(machine: Path, role: str, name: str) -> None:
    """The guide starts two of each; here they have ports of this test, not the usual ones."""
    guide = (REPOSITORY / "deploy/systemd/README.md").read_text(encoding="utf-8")
    usual, *others = sorted({int(port) for port in re.findall(rf"approval-gateway-{role}@(\d+)", guide)})
    settings = load(environment(**{name: str(port := free_port())}))
    for other in others:
        with opened("0.0.0.0", port + other - usual):  # noqa: S104
            (found,) = listeners.check(settings, machine)
        assert f"{port + other - usual} ({name} of a second {role})" in found.says

    assert others


def test_public_address_is_open_to_the_world_and_a_private_one_is_not(machine: Path) -> None:
    (machine / "net").unlink()
    (machine / "net").mkdir()
    addresses = {"34.216.184.93:8080": "5DB8D822:1F90", "10.0.0.1:5432": "0100000A:1538"}
    lines = [f"  0: {address} 00000000:0000 0A 0" for address in addresses.values()]
    (machine / "net/tcp").write_text("\n".join(["  sl  local_address", *lines]), encoding="utf-8")

    (found,) = listeners.check(load(environment(PORT="8080")), machine)

    assert found.says.startswith("8080 (PORT): ")


def test_container_is_not_examined(machine: Path) -> None:
    settings = load(environment(PORT=str(port := free_port())))
    (machine / "1/comm").write_text("python\n", encoding="utf-8")
    with opened("0.0.0.0", port):  # noqa: S104
        assert listeners.check(settings, machine) == []
