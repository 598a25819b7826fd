"""Fixtures for the tests that break servers."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.stack import Stack, running_stack


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Runs a gateway for one module, which can break it."""
    async with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack
