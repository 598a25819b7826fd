"""How candidates are handed in: so many at a time, or so many a second whatever becomes of the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.driving.notices import Notices
from bench.driving.subjects import Case, Gateway, Subject

OWNER_TAKES_SEC = 0.5
"""From the prompt to the reply. One that came at once would meet the workflow before it waits, and save it a task."""


@dataclass
class Latencies:
    """In seconds: of the acceptance, from handing in to the prompt, from the owner's reply to the decision at core."""

    accept: list[float] = field(default_factory=list)
    prompt: list[float] = field(default_factory=list)
    decision: list[float] = field(default_factory=list)

    def add(self, other: "Latencies") -> None:
        self.accept += other.accept
        self.prompt += other.prompt
        self.decision += other.decision


@dataclass(frozen=True)
class Load:
    """What came of a load: how long it took in seconds, and who went through."""

    seconds: float
    cases: Sequence[Case]

    @property
    def per_second(self) -> float:
        return len(self.cases) / self.seconds


async def closed_loop(subject: Subject, notices: Notices, candidates: int, concurrency: int) -> Load:
    """Keep so many at work: from handing in until the owner is asked, and from the reply to the decision at core.

    While its owner takes time to reply, a candidate leaves its place to another.
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
    """Hand in at a fixed rate; latencies count from the moment at which a candidate was due, late or not."""
    cases = [subject.case() for _ in range(max(2, round(per_second * seconds)))]
    latencies = Latencies()
    reported: list[float] = []
    began = time.time()

    async def live(number: int, case: Case) -> None:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.time()))
        await subject.accept(case)
        latencies.accept.append(time.time() - due)
        latencies.prompt.append(await notices.asked(case.asked_key) - due)
        await asyncio.sleep(OWNER_TAKES_SEC)
        latencies.decision.append(await decision(subject, notices, case))
        reported.append(time.time())

    await asyncio.gather(*(live(number, case) for number, case in enumerate(cases)))
    between = (reported[-1] - reported[0]) / (len(reported) - 1)  # what comes before the first is latency, not rate
    return Load(between * len(reported), cases), latencies


async def prompt(gateway: Gateway, notices: Notices, case: Case, deadline_sec: int) -> None:
    """Hand a candidate in; returns once its owner is asked."""
    await gateway.accept(case, deadline_sec=deadline_sec)
    await notices.asked(case.asked_key)


async def decision(subject: Subject, notices: Notices, case: Case) -> float:
    """Let the owner reply; gives the seconds from then to the decision's arrival at core."""
    replied_at = time.time()
    await subject.approve(case)
    return await notices.reported(case.id) - replied_at


async def each(do: Callable[[Case], Awaitable[None]], cases: Iterable[Case], concurrency: int) -> None:
    """Do it for each, so many at a time."""
    left = iter(cases)

    async def go_on() -> None:
        for case in left:
            await do(case)

    await asyncio.gather(*(go_on() for _ in range(concurrency)))
