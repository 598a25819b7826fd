"""Offers candidates: a number at a time, or at a fixed rate regardless of how they fare."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.driving.drivers import DrivenCandidate, Driver, GatewayDriver
from bench.driving.moments import Moments

OWNER_TAKES_SEC = 0.5
"""From the prompt to the reply.

An immediate reply would reach the workflow before it waits, and save it a workflow task.
"""


@dataclass
class Latencies:
    """In seconds: of the acceptance, from the offer to the prompt, and from the reply to core."""

    accept: list[float] = field(default_factory=list)
    prompt: list[float] = field(default_factory=list)
    decision: list[float] = field(default_factory=list)

    def add(self, other: "Latencies") -> None:
        self.accept += other.accept
        self.prompt += other.prompt
        self.decision += other.decision


@dataclass(frozen=True)
class Load:
    """How long a load took, in seconds, and its candidates."""

    seconds: float
    cases: Sequence[DrivenCandidate]

    @property
    def per_second(self) -> float:
        return len(self.cases) / self.seconds


async def closed_loop(driver: Driver, moments: Moments, candidates: int, concurrency: int) -> Load:
    """Keeps this many at work: until the owner is asked, and from the reply to the decision.

    While its owner takes time to reply, a candidate does not count.
    """
    cases = [driver.case() for _ in range(candidates)]
    at_work = asyncio.Semaphore(concurrency)
    began = time.monotonic()

    async def live(case: DrivenCandidate) -> None:
        async with at_work:
            await driver.accept(case)
            await moments.asked(case.asked_key)
        await asyncio.sleep(OWNER_TAKES_SEC)
        async with at_work:
            await decision(driver, moments, case)

    await asyncio.gather(*map(live, cases))
    return Load(time.monotonic() - began, cases)


async def open_loop(driver: Driver, moments: Moments, per_second: float, seconds: float) -> tuple[Load, Latencies]:
    """Offers candidates at a fixed rate; latencies count from when each was due, late or not."""
    cases = [driver.case() for _ in range(max(2, round(per_second * seconds)))]
    latencies = Latencies()
    delivered: list[float] = []
    began = time.time()

    async def live(number: int, case: DrivenCandidate) -> None:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.time()))
        await driver.accept(case)
        latencies.accept.append(time.time() - due)
        latencies.prompt.append(await moments.asked(case.asked_key) - due)
        await asyncio.sleep(OWNER_TAKES_SEC)
        latencies.decision.append(await decision(driver, moments, case))
        delivered.append(time.time())

    await asyncio.gather(*(live(number, case) for number, case in enumerate(cases)))
    between = (delivered[-1] - delivered[0]) / (len(delivered) - 1)  # the time before the first is latency, not rate
    return Load(between * len(delivered), cases), latencies


async def prompt(gateway: GatewayDriver, moments: Moments, case: DrivenCandidate, deadline_sec: int) -> None:
    """Posts a candidate; returns once its owner is asked."""
    await gateway.accept(case, deadline_sec=deadline_sec)
    await moments.asked(case.asked_key)


async def decision(driver: Driver, moments: Moments, case: DrivenCandidate) -> float:
    """Approves as the owner; returns the seconds until core has the decision."""
    replied_at = time.time()
    await driver.approve(case)
    return await moments.delivered(case.id) - replied_at


async def each(
    do: Callable[[DrivenCandidate], Awaitable[None]], cases: Iterable[DrivenCandidate], concurrency: int
) -> None:
    """Runs `do` for each case, `concurrency` at a time."""
    left = iter(cases)

    async def go_on() -> None:
        for case in left:
            await do(case)

    await asyncio.gather(*(go_on() for _ in range(concurrency)))
