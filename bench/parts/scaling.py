"""Measures whether several workers and apis on one machine share the work, and at what rate."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from bench.driving.drivers import DrivenCandidate, GatewayDriver
from bench.driving.http import Http
from bench.driving.load import closed_loop
from bench.driving.stage import Stage, running_stage
from tests.harness.processes import free_port
from tests.harness.stack import api_process, worker_process


@dataclass(frozen=True)
class Scaled:
    """With this many workers and apis; `shares` are of all workflow tasks and activities."""

    workers: int
    per_second: float
    shares: Sequence[float]


class _Balanced(GatewayDriver):
    """Several apis behind one balancer, which takes them in turn."""

    def __init__(self, apis: Sequence[Http]) -> None:
        super().__init__(apis[0])
        self._turns = cycle(map(GatewayDriver, apis))

    async def accept(self, case: DrivenCandidate, **changes: Any) -> None:
        await next(self._turns).accept(case, **changes)

    async def approve(self, case: DrivenCandidate) -> None:
        await next(self._turns).approve(case)


async def measure(candidates: int, sizes: Sequence[int] = (1, 2, 3), concurrency: int = 30) -> list[Scaled]:
    """Sends candidates through each number of workers and apis."""
    async with running_stage() as stage:
        return [await _measured(stage, size, candidates, concurrency) for size in sizes]


async def _measured(stage: Stage, size: int, candidates: int, concurrency: int) -> Scaled:
    async with _more(stage, size - 1) as apis:
        gateway = _Balanced(apis)
        await closed_loop(gateway, stage.moments, 30 * size, concurrency)
        load = await closed_loop(gateway, stage.moments, candidates, concurrency)
        tasks: Counter[str] = Counter()
        for case in load.cases:
            handle = stage.stack.run_of(case.id)
            await handle.result()
            tasks.update(_doers([event async for event in handle.fetch_history_events()]))
        return Scaled(size, load.per_second, sorted(done / tasks.total() for done in tasks.values()))


@asynccontextmanager
async def _more(stage: Stage, number: int) -> AsyncIterator[list[Http]]:
    """Runs additional workers and apis; yields a client of each api."""
    environment, urls = stage.stack.environment, [stage.stack.gateway_url]
    async with AsyncExitStack() as others:
        for _ in range(number):
            url = f"http://127.0.0.1:{(port := free_port())}"
            api = api_process({**environment, "PORT": str(port), "PUBLIC_BASE_URL": url})
            for process in (worker_process(environment), api):
                others.push_async_callback(process.kill)
                await process.start()
            urls.append(url)
        yield [await others.enter_async_context(Http.to(url)) for url in urls]


def _doers(events: Sequence[Any]) -> list[str]:
    """Returns the worker of each task in a history, as its process identity."""
    started = [
        event.workflow_task_started_event_attributes.identity or event.activity_task_started_event_attributes.identity
        for event in events
    ]
    return [identity for identity in started if identity]
