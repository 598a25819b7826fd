"""Offers candidates: a number at a time, or at a fixed rate regardless of how they fare."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.driving.notices import Notices
from bench.driving.subjects import Case, Gateway, Subject

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
    cases: Sequence[Case]

    @property
    def per_second(self) -> float:
        return len(self.cases) / self.seconds


async def closed_loop(subject: Subject, notices: Notices, candidates: int, concurrency: int) -> Load:
    """Keeps this many at work: until the owner is asked, and from the reply to the decision.

    While its owner takes time to reply, a candidate does not count.
    """
    cases = [subject.case() for _ in range(candidates)]
    at_work = asyncio.Semaphore(concurrency)
    began = time.monotonic()

    async def live(case: Case) -> None:
        async with at_work:
            await subject.accept(case)
            await notices.asked(case.asked_key)
        await asyncio.sleep(OWNER_TAKES_SEC)
        async with at_work:
            await decision(subject, notices, case)

    await asyncio.gather(*map(live, cases))
    return Load(time.monotonic() - began, cases)


async def open_loop(subject: Subject, notices: Notices, per_second: float, seconds: float) -> tuple[Load, Latencies]:
    """Offers candidates at a fixed rate; latencies count from when each was due, late or not."""
    cases = [subject.case() for _ in range(max(2, round(per_second * seconds)))]
    latencies = Latencies()
    delivered: list[float] = []
    began = time.time()

    async def live(number: int, case: Case) -> None:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.time()))
        await subject.accept(case)
        latencies.accept.append(time.time() - due)
        latencies.prompt.append(await notices.asked(case.asked_key) - due)
        await asyncio.sleep(OWNER_TAKES_SEC)
        latencies.decision.append(await decision(subject, notices, case))
        delivered.append(time.time())

    await asyncio.gather(*(live(number, case) for number, case in enumerate(cases)))
    between = (delivered[-1] - delivered[0]) / (len(delivered) - 1)  # the time before the first is latency, not rate
    return Load(between * len(delivered), cases), latencies


async def prompt(gateway: Gateway, notices: Notices, case: Case, deadline_sec: int) -> None:
    """Posts a candidate; returns once its owner is asked."""
    await gateway.accept(case, deadline_sec=deadline_sec)
    await notices.asked(case.asked_key)


async def decision(subject: Subject, notices: Notices, case: Case) -> float:
    """Approves as the owner; returns the seconds until core has the decision."""
    replied_at = time.time()
    await subject.approve(case)
    return await notices.delivered(case.id) - replied_at


async def each(do: Callable[[Case], Awaitable[None]], cases: Iterable[Case], concurrency: int) -> None:
    """Runs `do` for each case, `concurrency` at a time."""
    left = iter(cases)

    async def go_on() -> None:
        for case in left:
            await do(case)

    await asyncio.gather(*(go_on() for _ in range(concurrency)))
