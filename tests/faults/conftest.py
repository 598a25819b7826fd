"""What the tests that break servers share."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.stack import Stack, running_stack


@pytest.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A gateway for one module alone, to break."""
    async with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack
