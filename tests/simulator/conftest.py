"""One simulator and one recording gateway for all tests of the simulator."""

from collections.abc import Iterator

import pytest

from tests.simulator.process import TEMPLATE, Gateway, Simulator, running_gateway, running_simulator


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[Gateway]:
    with running_gateway() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def shared_simulator(shared_gateway: Gateway) -> Iterator[Simulator]:
    with running_simulator(shared_gateway.url, "--template", str(TEMPLATE)) as simulator:
        yield simulator


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    fresh = Gateway(shared_gateway.url)
    vars(shared_gateway).update(vars(fresh))
    return shared_gateway


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    shared_simulator.http.post("/control/reset")
    shared_simulator.http.post("/control/photon/restart")
    return shared_simulator
