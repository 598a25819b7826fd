"""One simulator and one recording gateway for all tests of the simulator."""

from collections.abc import Iterator

import pytest

from tests.simulator.process import (
    SESSION_CONTENT,
    TEMPLATE,
    Simulator,
    StubGateway,
    running_gateway,
    running_simulator,
)


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[StubGateway]:
    with running_gateway() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def shared_simulator(shared_gateway: StubGateway) -> Iterator[Simulator]:
    options = ("--template", str(TEMPLATE), "--content", str(SESSION_CONTENT))
    with running_simulator(shared_gateway.url, *options) as simulator:
        yield simulator


@pytest.fixture
def gateway(shared_gateway: StubGateway) -> StubGateway:
    fresh = StubGateway(shared_gateway.url)
    vars(shared_gateway).update(vars(fresh))
    return shared_gateway


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    shared_simulator.http.post("/control/reset")
    shared_simulator.http.post("/control/photon/restart")
    return shared_simulator
