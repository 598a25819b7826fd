"""The api and the worker listen on both loopback addresses by default, on ports of their own."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from adapters.http import listening
from tests.harness.edges import another_edge
from tests.harness.processes import free_port, run_python
from tests.harness.stack import Stack, answers, environment, worker_process

ELSEWHERE = "127.0.0.2"
"""Only a listener on all addresses serves this one; on Linux, all of 127.0.0.0/8 is local."""


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


LOOPBACKS = ["127.0.0.1", *(["[::1]"] if has_ipv6() else [])]


async def listeners(port: int | str, path: str) -> list[str]:
    hosts = [*LOOPBACKS, ELSEWHERE]
    return [host for host in hosts if await answers(f"http://{host}:{port}{path}")]


async def test_api_listens_on_the_loopback_of_both_families_alone(shared_stack: Stack) -> None:
    assert await listeners(shared_stack.environment["PORT"], "/healthz") == LOOPBACKS


async def test_workers_metrics_are_served_on_the_loopback_of_both_families_alone(shared_stack: Stack) -> None:
    assert await listeners(httpx.URL(shared_stack.worker_metrics_url).port or 0, "/metrics") == LOOPBACKS


@pytest.mark.parametrize("role", ["api", "worker"])
async def test_all_addresses_are_listened_on_if_host_says_so(shared_stack: Stack, role: str) -> None:
    port, all_addresses = free_port(), "0.0.0.0,::"
    if role == "api":
        async with another_edge(shared_stack, HOST=all_addresses) as edge:
            found = await listeners(edge.base_url.port or 0, "/healthz")
    else:
        worker = worker_process({**shared_stack.environment, "HOST": all_addresses, "METRICS_PORT": str(port)})
        try:
            await worker.start()
            found = await listeners(port, "/metrics")
        finally:
            await worker.kill()

    assert found == [*LOOPBACKS, ELSEWHERE]


@pytest.mark.parametrize("nobodys", ["203.0.113.9", "2001:db8::1"])
def test_address_that_is_not_the_machines_is_an_error_and_ipv6_is_left_out_where_there_is_none(nobodys: str) -> None:
    port = free_port()
    if ":" in nobodys and not has_ipv6():
        (bound,) = listening.bind([nobodys, "127.0.0.1"], port)
        with closing(bound):
            assert bound.getsockname() == ("127.0.0.1", port)
        hosts = [nobodys]
    else:
        hosts = [nobodys, "127.0.0.1"]

    with pytest.raises(OSError, match=r"assign requested address|not supported"):
        listening.bind(hosts, port)


@contextmanager
def taken(address: str) -> Iterator[int]:
    """Listens on a loopback address, and yields the port."""
    host = address.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as occupant:
        occupant.bind((host, port := free_port()))
        occupant.listen()
        yield port


@pytest.mark.parametrize("address", LOOPBACKS)
def test_port_that_is_taken_on_one_loopback_is_an_error(address: str) -> None:
    with taken(address) as port, pytest.raises(OSError, match="in use"):
        listening.bind(["127.0.0.1", "::1"], port)


@pytest.mark.parametrize(("module", "name"), [("api", "PORT"), ("worker", "METRICS_PORT")])
async def test_port_that_cannot_be_had_ends_the_process_in_one_line(module: str, name: str) -> None:
    with taken(LOOPBACKS[-1]) as port:
        code, output = await run_python("-m", module, environment=environment(**{name: str(port)}))

    assert code == 1
    assert len(output.splitlines()) == 1
    assert output.startswith(f"HOST, {name}: ")


async def test_mistyped_address_ends_the_process_in_one_line_that_names_it() -> None:
    given = environment(HOST="203.0.113.9,127.0.0.1", PORT=str(free_port()))
    code, output = await run_python("-m", "api", environment=given)

    assert code == 1
    assert len(output.splitlines()) == 1
    assert output.startswith("HOST, PORT: ")
    assert "203.0.113.9" in output
