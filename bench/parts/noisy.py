"""Measures how long other brands' prompts take while one noisy brand's candidates are prompted."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.driving.drivers import DrivenCandidate
from bench.driving.load import each
from bench.driving.stage import Stage, running_stage
from bench.spread import Spread

FEW_TIMES = 5
"""How many times its idle latency a quiet brand's prompt can take, as the machine is full."""

_NOISY = "b_noisy"
_EVERY_SEC = 0.5
_UNLIMITED = {"WA_BUCKET_CAPACITY": "1000000", "WA_BUCKET_REFILL_PER_MIN": "1000000"}


@dataclass(frozen=True)
class NoisyFigures:
    """Seconds from the post to the prompt: of quiet brands alone, and next to a noisy one.

    `noisy` are the noisy brand's candidates that were posted in turn with the quiet ones. They show
    what the quiet ones would take without turns among brands.
    """

    candidates: int
    accepted_per_sec: float
    asked_per_sec: float
    unloaded: Spread
    quiet: Spread
    noisy: Spread


async def measure(candidates: int, concurrency: int = 50, unloaded: int = 20) -> NoisyFigures:
    async with running_stage(**_UNLIMITED) as stage:
        await asyncio.gather(*(_asked(stage) for _ in range(20)))
        calm = [await _asked(stage) for _ in range(unloaded)]
        quiet: list[float] = []
        noisy: list[float] = []
        began = time.monotonic()
        async with _handed_in_besides(stage, quiet, noisy):
            asking = await _flood(stage, candidates, concurrency)
            accepted = time.monotonic() - began
            await asyncio.gather(*asking)
            asked = time.monotonic() - began
        spreads = (Spread.of(of) for of in (calm, quiet, noisy))
        return NoisyFigures(candidates, candidates / accepted, candidates / asked, *spreads)


def table(figures: NoisyFigures) -> str:
    """Lays the figures out for reading."""
    lines = {
        "a quiet brand, idle machine": figures.unloaded,
        "a quiet brand, next to the noisy one": figures.quiet,
        "the noisy brand itself": figures.noisy,
    }
    rates = f"{figures.accepted_per_sec:.1f} a second accepted, {figures.asked_per_sec:.1f} asked"
    return "\n".join(
        [
            "",
            f"One brand posts {figures.candidates} candidates: {rates}",
            f"  {'accept → prompt, ms':38} {'p50':>8} {'p95':>8} {'longest':>8} {'count':>6}",
            *(
                f"  {name:38} {1000 * of.p50:8.0f} {1000 * of.p95:8.0f} {1000 * of.longest:8.0f} {of.count:6}"
                for name, of in lines.items()
            ),
        ]
    )


async def _asked(stage: Stage, **changes: Any) -> float:
    case, began = stage.gateway.case(), time.time()
    await stage.gateway.accept(case, **changes)
    return await stage.moments.asked(case.asked_key) - began


async def _flood(stage: Stage, candidates: int, concurrency: int) -> list[asyncio.Task[float]]:
    """Posts the noisy brand's candidates; returns the tasks that wait for their prompts."""
    asking: list[asyncio.Task[float]] = []

    async def hand_in(case: DrivenCandidate) -> None:
        await stage.gateway.accept(case, brand_id=_NOISY)
        asking.append(asyncio.create_task(stage.moments.asked(case.asked_key)))

    await each(hand_in, [stage.gateway.case() for _ in range(candidates)], concurrency)
    return asking


@asynccontextmanager
async def _handed_in_besides(stage: Stage, quiet: list[float], noisy: list[float]) -> AsyncIterator[None]:
    """Posts a quiet brand's and the noisy brand's candidates in turn while entered.

    Waits for their prompts at the end.
    """

    async def one(took: list[float], **changes: Any) -> None:
        took.append(await _asked(stage, **changes))

    async def hand_in(tasks: asyncio.TaskGroup) -> None:
        while True:
            tasks.create_task(one(quiet))
            await asyncio.sleep(_EVERY_SEC)
            tasks.create_task(one(noisy, brand_id=_NOISY))
            await asyncio.sleep(_EVERY_SEC)

    async with asyncio.TaskGroup() as tasks:
        handing_in = tasks.create_task(hand_in(tasks))
        try:
            yield
        finally:
            handing_in.cancel()
