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
    """Waits for candidates, with one request each; yields once all wait.

    Requests that still wait at the end are cancelled.
    """
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
    """Returns how many requests wait; None if the edge is too busy to answer."""
    try:
        return (await scrape(metrics_url(core))).value("gateway_waiting_requests")
    except httpx.TimeoutException:
        return None


def metrics_url(core: Core) -> str:
    return f"{str(core.http.base_url).rstrip('/')}/metrics"


async def reads(core: Core) -> float:
    """Returns how many candidates this edge has read so far."""
    return (await scrape(metrics_url(core))).value("temporal_request_total", operation="DescribeWorkflowExecution")
