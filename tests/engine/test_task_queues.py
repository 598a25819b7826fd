"""Reads which workers poll, also on a Temporal with its default of four partitions."""

from datetime import UTC, datetime

import pytest

from engine.task_queues import KINDS, polling_builds, polls
from tests.harness.skipping import SkippingGateway


@pytest.mark.parametrize("kind", KINDS)
async def test_every_partition_of_a_queue_is_read(skipping: SkippingGateway, kind: str) -> None:
    client = skipping.env.client

    assert not await polls(client, kind, "nobody")
    assert await polling_builds(client, kind, datetime.now(UTC)) <= {""}
