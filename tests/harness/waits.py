"""Requests that wait for decisions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.harness.core import Core
from tests.harness.processes import until
from tests.harness.scrape import scrape

LONGEST = 50
Wait = asyncio.Task[dict[str, Any]]


@asynccontextmanager
async def waiting(core: Core, candidate_ids: Sequence[str], seconds: int = LONGEST) -> AsyncIterator[list[Wait]]:
    """Wait for candidates, one request each, entered once all wait; those that still do at the end hang up."""
    before = await waiting_count(core) or 0
    waits = [asyncio.create_task(core.waited(candidate_id, seconds)) for candidate_id in candidate_ids]
    try:
        await until_waiting(core, before + len(waits))
        yield waits
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def until_waiting(core: Core, count: float, *, within: float = 40) -> None:
    await until(lambda: waiting_count(core), lambda waiting: waiting == count, within=within)


async def waiting_count(core: Core) -> float | None:
    """Return how many requests wait; None if the edge is too busy to tell."""
    try:
        return (await scrape(metrics_url(core))).value("gateway_waiting_requests")
    except httpx.TimeoutException:
        return None


def metrics_url(core: Core) -> str:
    return f"{str(core.http.base_url).rstrip('/')}/metrics"


async def reads(core: Core) -> float:
    """Count the candidates that this edge has read so far."""
    return (await scrape(metrics_url(core))).value("temporal_request_total", operation="DescribeWorkflowExecution")
