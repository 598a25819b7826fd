"""Processes that are killed without warning, and started again by whoever minds them."""

import asyncio
import time
from collections.abc import Mapping

from tests.chaos.ledger import Kill, Ledger
from tests.chaos.plan import Plan
from tests.harness.processes import Process

_SHORTEST_AWAY, _LONGEST_AWAY = 0.5, 8.0


class Plugs:
    def __init__(self, plan: Plan, processes: Mapping[str, Process], ledger: Ledger) -> None:
        self._plan = plan
        self._processes = processes
        self._ledger = ledger
        self._busy = {name: asyncio.Lock() for name in processes}
        self._killing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Kill one, at times two, again and again, until cancelled."""
        dice = self._plan.dice("plugs")
        while True:
            await asyncio.sleep(dice.expovariate(1 / self._plan.calm))
            for name in dice.sample(sorted(self._processes), k=2 if dice.random() < 0.25 else 1):
                task = asyncio.create_task(self._pull(name, dice.uniform(_SHORTEST_AWAY, _LONGEST_AWAY)))
                self._killing.add(task)
                task.add_done_callback(self._killing.discard)

    async def mind(self) -> None:
        """Start again what ended by itself, as a platform does, until cancelled."""
        while True:
            for name, process in self._processes.items():
                if process.ended_by_itself and not self._busy[name].locked():
                    self._ledger.crashes.append(f"{name}: {process.output[-500:]}")
                    await self._pull(name, 0)
            await asyncio.sleep(0.5)

    async def finish(self) -> None:
        """Wait until everything runs again."""
        await asyncio.gather(*self._killing)

    async def _pull(self, name: str, away: float) -> None:
        async with self._busy[name]:
            process, at = self._processes[name], time.time()
            await process.kill()
            await asyncio.sleep(away)
            while not await _started(process):
                await process.kill()
            self._ledger.kills.append(Kill(name, at, time.time()))


async def _started(process: Process) -> bool:
    try:
        await process.start()
    except AssertionError:  # it ended, or is not ready in time: what it needs may be away
        return False
    return True
