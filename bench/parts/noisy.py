"""One noisy brand: how long the others' first prompts take from its first candidate until its last is asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.driving.load import each
from bench.driving.stage import Stage, running_stage
from bench.driving.subjects import Case
from bench.spread import Spread

FEW_TIMES = 5
"""So many times its latency on an idle machine may a quiet brand's prompt take: the machine is full by then."""

_NOISY = "b_noisy"
_EVERY_SEC = 0.5
_UNLIMITED = {"WA_BUCKET_CAPACITY": "1000000", "WA_BUCKET_REFILL_PER_MIN": "1000000"}


@dataclass(frozen=True)
class NoisyFigures:
    """From handing in to the prompt, in seconds: of quiet brands with nothing else to do, and while one is noisy.

    `noisy` are the noisy brand's own that were handed in beside the quiet ones, one after the other: what the quiet
    ones would take without turns among brands.
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
    """Lay the figures out for reading."""
    lines = {
        "a quiet brand, nothing else to do": figures.unloaded,
        "a quiet brand, beside the noisy one": figures.quiet,
        "the noisy brand itself": figures.noisy,
    }
    rates = f"{figures.accepted_per_sec:.1f} a second accepted, {figures.asked_per_sec:.1f} asked"
    return "\n".join(
        [
            "",
            f"One brand hands in {figures.candidates} candidates: {rates}",
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
    return await stage.notices.asked(case.asked_key) - began


async def _flood(stage: Stage, candidates: int, concurrency: int) -> list[asyncio.Task[float]]:
    """Hand in the noisy brand's, so many at a time; gives what waits for their prompts."""
    asking: list[asyncio.Task[float]] = []

    async def hand_in(case: Case) -> None:
        await stage.gateway.accept(case, brand_id=_NOISY)
        asking.append(asyncio.create_task(stage.notices.asked(case.asked_key)))

    await each(hand_in, [stage.gateway.case() for _ in range(candidates)], concurrency)
    return asking


@asynccontextmanager
async def _handed_in_besides(stage: Stage, quiet: list[float], noisy: list[float]) -> AsyncIterator[None]:
    """Hand in one of a brand of its own and one of the noisy brand, in turn, while entered; wait for their prompts."""

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
