"""Measures how long owners wait for a worker that ended and starts again."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.driving.drivers import DrivenCandidate
from bench.driving.load import each, prompt
from bench.driving.stage import Stage
from domain.candidate import LONGEST_DEADLINE

_FEW = 5
_REST_SEC = 3
"""Runs are at rest by then. A task that a killed worker had begun is lost for ten seconds more."""


@dataclass(frozen=True)
class Restart:
    """Seconds from the worker's start until replies sent then are decided, the slowest of a few.

    `cached_sec` is of candidates that were in the worker's cache when it ended, `others_sec` of
    any. If many wait, few of them are in the cache.
    """

    ended_by: str
    started_sec: float
    cached_sec: float
    others_sec: float


async def restarts(stage: Stage, waiting: list[DrivenCandidate]) -> list[Restart]:
    """Ends the worker as an operator does, then as a crash does; takes the owners from `waiting`.

    The order matters: after a crash, the engine notices the worker's end only ten seconds later.
    """
    return [await _restart(stage, name, waiting) for name in ("SIGTERM", "SIGKILL")]


async def _restart(stage: Stage, ended_by: str, waiting: list[DrivenCandidate]) -> Restart:
    """Replies at the moment of the start; the last ones prompted are in the worker's cache."""
    cached = [stage.gateway.case() for _ in range(_FEW)]
    lasts_sec = LONGEST_DEADLINE // timedelta(seconds=1)
    await each(lambda case: prompt(stage.gateway, stage.moments, case, lasts_sec), cached, _FEW)
    others = [waiting.pop() for _ in range(_FEW)]
    await asyncio.sleep(_REST_SEC)
    worker = stage.stack.worker
    await (worker.stop() if ended_by == "SIGTERM" else worker.kill())
    began = time.time()

    async def last(cases: Sequence[DrivenCandidate]) -> float:
        await each(stage.gateway.approve, cases, _FEW)
        return max([await stage.moments.delivered(case.id) for case in cases]) - began

    async def started() -> float:
        await worker.start()
        return time.time() - began

    return Restart(ended_by, *await asyncio.gather(started(), last(cached), last(others)))
