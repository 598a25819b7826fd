"""A time-skipping Temporal server, and workers without backends."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.harness.skipping import skipping_server
from tests.workflows.lives import Lives, living


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    async with await skipping_server({}) as env:
        yield env


@pytest.fixture
async def lives(env: WorkflowEnvironment) -> AsyncIterator[Lives]:
    async with living(env) as lives:
        yield lives
