"""Measures deadlines on the same second: whether all are delivered, and how late."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.driving.drivers import DrivenCandidate
from bench.driving.load import each, prompt
from bench.driving.stage import Stage
from bench.spread import Spread
from domain.candidate import SHORTEST_DEADLINE

_SPARE = timedelta(seconds=5)


@dataclass(frozen=True)
class Lateness:
    """Deadlines within `within_sec` of each other; `lateness` is until core has each decision."""

    deadlines: int
    within_sec: float
    expired: int
    lateness: Spread


async def same_second(stage: Stage, deadlines: int, concurrency: int, per_second: float) -> Lateness:
    """Posts and prompts candidates, at half this rate at least, and waits for core."""
    cases = [stage.gateway.case() for _ in range(deadlines)]
    second = math.ceil(time.time() + 2 * deadlines / per_second) + (SHORTEST_DEADLINE + _SPARE) // timedelta(seconds=1)

    async def aim(case: DrivenCandidate) -> None:
        await prompt(stage.gateway, stage.moments, case, int(second - time.time()))

    await each(aim, cases, concurrency)
    await asyncio.sleep(second - time.time())
    arrivals = await asyncio.gather(*(_arrival(stage, case) for case in cases))
    due = await _deadlines(stage, cases, concurrency)
    return Lateness(
        deadlines=deadlines,
        within_sec=max(due.values()) - min(due.values()),
        expired=await _expired(stage, cases),
        lateness=Spread.of([at - due[case.id] for case, at in zip(cases, arrivals, strict=True) if at is not None]),
    )


async def _arrival(stage: Stage, case: DrivenCandidate) -> float | None:
    """Returns when the decision reached core; None if it does not arrive."""
    try:
        return await stage.moments.delivered(case.id)
    except TimeoutError:
        return None


async def _deadlines(stage: Stage, cases: Sequence[DrivenCandidate], concurrency: int) -> dict[str, float]:
    """Returns the deadlines according to the api, which counts them from its own acceptance."""
    due: dict[str, float] = {}

    async def ask(case: DrivenCandidate) -> None:
        candidate = await stage.stack.core.candidate(case.id)
        due[case.id] = datetime.fromisoformat(candidate["deadline"]).timestamp()

    await each(ask, cases, concurrency)
    return due


async def _expired(stage: Stage, cases: Sequence[DrivenCandidate]) -> int:
    """Counts the candidates that core received as expired."""
    decisions = (await stage.stack.phone.http.get("/control/decisions")).raise_for_status().json()
    expired = {one["id"] for one in decisions if (one["decision"], one["decider"]) == ("expired", "system:timeout")}
    return sum(case.id in expired for case in cases)
