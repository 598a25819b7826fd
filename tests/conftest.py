"""Fixtures that many tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness.core import Owner
from tests.harness.stack import Stack, running_stack


@pytest.fixture(scope="session")
async def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One gateway for all tests that harm nothing; they keep apart by their own owners, brands and candidates."""
    folder: Path = tmp_path_factory.mktemp("stack")
    async with running_stack(folder) as stack:
        yield stack


@pytest.fixture
async def stack(shared_stack: Stack) -> AsyncIterator[Stack]:
    """The shared gateway, without faults."""
    yield shared_stack
    await shared_stack.phone.heal()


@pytest.fixture
def owner() -> Owner:
    return Owner()
