"""How candidates are handed in: so many at a time, or so many a second whatever becomes of the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.notices import Notices
from bench.subjects import Case, Gateway, Subject

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
    """What came of a load: the time that it took in all, in seconds, and who went through."""

    seconds: float
    latencies: Latencies
    cases: Sequence[Case]

    @property
    def per_second(self) -> float:
        return len(self.cases) / self.seconds


async def closed_loop(subject: Subject, notices: Notices, candidates: int, concurrency: int) -> Load:
    """Keep so many candidates on their way, each from handing in to its decision at core."""
    latencies, cases = Latencies(), [subject.case() for _ in range(candidates)]
    left = iter(cases)
    began = time.monotonic()

    async def go_on() -> None:
        for case in left:
            await _life(subject, notices, case, latencies, time.time())

    await asyncio.gather(*(go_on() for _ in range(concurrency)))
    return Load(time.monotonic() - began, latencies, cases)


async def open_loop(subject: Subject, notices: Notices, per_second: float, seconds: float) -> Load:
    """Hand in at a fixed rate; latencies count from the moment at which a candidate was due, late or not."""
    latencies, cases = Latencies(), [subject.case() for _ in range(max(1, round(per_second * seconds)))]
    began = time.time()

    async def due(number: int, case: Case) -> None:
        at = began + number / per_second
        await asyncio.sleep(max(0.0, at - time.time()))
        await _life(subject, notices, case, latencies, at)

    await asyncio.gather(*(due(number, case) for number, case in enumerate(cases)))
    return Load(time.time() - began, latencies, cases)


async def _life(subject: Subject, notices: Notices, case: Case, latencies: Latencies, began: float) -> None:
    await subject.accept(case)
    latencies.accept.append(time.time() - began)
    asked_at = await notices.asked(case.asked_key)
    latencies.prompt.append(asked_at - began)
    latencies.decision.append(await decision(subject, notices, case))


async def prompt(gateway: Gateway, notices: Notices, case: Case, deadline_sec: int) -> None:
    """Hand a candidate in; returns once its owner is asked."""
    await gateway.accept(case, deadline_sec=deadline_sec)
    await notices.asked(case.asked_key)


async def decision(subject: Subject, notices: Notices, case: Case) -> float:
    """Let the owner reply; gives the seconds from then to the decision's arrival at core."""
    await asyncio.sleep(OWNER_TAKES_SEC)
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
