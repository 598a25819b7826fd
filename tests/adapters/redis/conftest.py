"""Fixtures of the Redis adapters' tests."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.harness.slots import running_valkey


@pytest.fixture(scope="module")
async def redis() -> AsyncIterator[Redis]:
    """A Valkey for the tests of one module."""
    async with running_valkey() as client:
        yield client
