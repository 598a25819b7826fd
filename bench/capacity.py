"""`python -m bench.capacity [--candidates N] [--workers N] [--concurrency N]`: how many candidates a worker carries.

Runs the whole gateway on embedded servers and free ports, in three waves: N candidates are posted, all their owners are
asked on WhatsApp, and all approve. Prints the rate of each wave, and CPU and memory. The simulator, Temporal and
Valkey run on the same machine and take their share of it.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from tests.harness.phone import Owner
from tests.harness.processes import Process, until
from tests.harness.stack import Stack, running_stack, worker_process

_UNLIMITED = {"RECIPIENT_SPACING_SEC": "0", "MIN_SPACING_SEC": "0", "CLIENT_REQUESTS_PER_MIN": "1000000"}
_PATIENCE_SEC = 300
_LOOK_SEC = 0.5  # each look costs what it measures
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


async def main() -> None:
    parser = argparse.ArgumentParser(description="How many candidates a worker carries")
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with running_stack(Path(folder), **_UNLIMITED) as stack, AsyncExitStack() as others:
            more = [worker_process(stack.environment) for _ in range(given.workers - 1)]
            for worker in more:
                others.push_async_callback(worker.kill)
                await worker.start()
            await _measure(stack, [stack.worker, *more], given.candidates, given.concurrency)


async def _measure(stack: Stack, workers: list[Process], candidates: int, concurrency: int) -> None:
    processes = {
        "api": [stack.api],
        "workers": workers,
        "temporal": [stack.temporal],
        "valkey": [stack.valkey],
        "simulator": [stack.simulator],
    }
    before = {name: _cpu_sec(some) for name, some in processes.items()}
    owners = [Owner() for _ in range(candidates)]
    ids: dict[Owner, str] = {}

    async def post(owner: Owner) -> None:
        candidate = await stack.core.accepted(owner, owner_imessage=None, deadline_sec=7200)
        ids[owner] = candidate["id"]

    async def approve(owner: Owner) -> None:
        delivered = await stack.phone.says("whatsapp", owner, f"approve {ids[owner]}")
        assert delivered.statuses == [200], delivered

    async def all_asked() -> bool:
        return len(await stack.phone.attempts("twilio.messages", contains="Id: ")) >= candidates

    async def all_decided() -> bool:
        return len((await stack.phone.http.get("/control/decisions")).json()) >= candidates

    started = time.monotonic()
    accepting = await _timed(_all(post, owners, concurrency))
    await until(all_asked, within=_PATIENCE_SEC, every=_LOOK_SEC)
    asked = time.monotonic() - started
    deciding_from = time.monotonic()
    await _all(approve, owners, concurrency)
    await until(all_decided, within=_PATIENCE_SEC, every=_LOOK_SEC)
    decided = time.monotonic() - deciding_from

    print(
        f"{candidates} candidates, {len(workers)} worker(s), {concurrency} requests at a time, {os.cpu_count()} cores"
    )
    print(f"  accepted               {candidates / accepting:7.1f} a second")
    print(f"  accepted and asked     {candidates / asked:7.1f} a second")
    print(f"  replied and at core    {candidates / decided:7.1f} a second")
    print(f"  the whole way          {60 * candidates / (asked + decided):7.0f} a minute")
    for name, some in processes.items():
        cpu = 1000 * (_cpu_sec(some) - before[name]) / candidates
        print(f"  {name:10} {cpu:7.1f} ms of CPU a candidate, {_memory_mib(some):7.0f} MiB at the end")


async def _all(do: Callable[[Owner], Awaitable[None]], owners: Iterable[Owner], concurrency: int) -> None:
    gate = asyncio.Semaphore(concurrency)

    async def one(owner: Owner) -> None:
        async with gate:
            await do(owner)

    await asyncio.gather(*map(one, owners))


async def _timed(work: Awaitable[None]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


def _cpu_sec(processes: Iterable[Process]) -> float:
    """User and system time so far."""
    return sum(int(stat[11]) + int(stat[12]) for stat in _stats(processes)) / _TICKS


def _memory_mib(processes: Iterable[Process]) -> float:
    """What is resident now, shared pages counted with each process."""
    return sum(int(stat[21]) for stat in _stats(processes)) * _PAGE / 2**20


def _stats(processes: Iterable[Process]) -> list[list[str]]:
    """Give what Linux counts (proc(5), from the state on) for everything in the groups of these processes."""
    groups = {str(process.pid) for process in processes}
    fields = [stat.read_text().rpartition(") ")[2].split() for stat in Path("/proc").glob("[0-9]*/stat")]
    return [stat for stat in fields if stat[2] in groups]


if __name__ == "__main__":
    asyncio.run(main())
