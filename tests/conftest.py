"""Fixtures that many tests share."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

from tests.harness.brands import END, StackBrands
from tests.harness.edges import ROTATED_SECRET, another_edge
from tests.harness.phone import Owner
from tests.harness.skipping import SkippingGateway, skipping_gateway
from tests.harness.stack import CORE_SECRET, Stack, running_stack

# The same examples each time, even on a slow machine. --hypothesis-profile=default tries others,
# and twice as many.
settings.register_profile(
    "repeatable", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

_FAULTS = Path(__file__).parent / "faults"
_CONTAINERS = Path(__file__).parent / "containers"
_DOMAIN = Path(__file__).parent / "domain"

os.environ["GOGC"] = "400"  # garbage collection is a tenth of the CPU that Temporal's server, written in Go, uses
gc.disable()  # until all tests are collected, which creates a million objects that stay


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests in tests/faults and tests/containers, which `make test` leaves out.

    Other slow tests are marked where they are defined.

    Files with a long test, which has its own timeout, run first; otherwise they would end last. The
    domain's tests run last: they wait for nothing, and use the processor time that is left.
    """
    for item in items:
        if _FAULTS in item.path.parents:
            item.add_marker(pytest.mark.faults)
        if _CONTAINERS in item.path.parents:
            item.add_marker(pytest.mark.containers)
    long = {item.path for item in items if item.get_closest_marker("timeout")}
    items.sort(key=lambda item: (_DOMAIN in item.path.parents, item.path not in long))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Puts temporary files, such as processes' output, where pytest removes those of older runs."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = None


@pytest.fixture(scope="session")
async def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One gateway for tests that break nothing; each has its own owners, brands and candidates."""
    folder: Path = tmp_path_factory.mktemp("stack")
    brands_file = folder / "brands.toml"
    brands_file.write_text(f"[brands]{END}", encoding="utf-8")
    async with running_stack(folder, BRANDS_FILE=str(brands_file)) as stack:
        yield stack


@pytest.fixture
async def stack(shared_stack: Stack) -> AsyncIterator[Stack]:
    """The shared gateway, without faults."""
    yield shared_stack
    await shared_stack.phone.heal()


@pytest.fixture
async def brands_file(shared_stack: Stack) -> AsyncIterator[StackBrands]:
    """The shared gateway's brands file; afterwards it is valid again, and earlier brands stay."""
    file = StackBrands(shared_stack)
    yield file
    if await file.is_refused():
        await file.becomes("[brands]")


@pytest.fixture(scope="session")
async def shared_skipping() -> AsyncIterator[SkippingGateway]:
    async with skipping_gateway() as gateway:
        yield gateway


@pytest.fixture
async def skipping(shared_skipping: SkippingGateway) -> AsyncIterator[SkippingGateway]:
    """A gateway whose time can be skipped, without faults."""
    yield shared_skipping
    await shared_skipping.phone.heal()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture(scope="session")
async def proxied_edge(shared_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """An edge of the shared gateway, set up for a TLS-terminating proxy, with a rotated secret."""
    secrets = f"{ROTATED_SECRET}, {CORE_SECRET}"
    async with another_edge(
        shared_stack, PUBLIC_BASE_URL="https://public.example", WEBHOOK_SIGNING_SECRET=secrets
    ) as edge:
        yield edge


@pytest.fixture(scope="session")
async def plain_edge(shared_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """An edge of the shared gateway whose settings have no public URL and no owner."""
    async with another_edge(shared_stack, PUBLIC_BASE_URL="", OWNER_WA_NUMBER="", PHOTON_TO="") as edge:
        yield edge
