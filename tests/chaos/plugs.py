"""Kills processes without warning, and restarts them."""

import asyncio
import time
from collections.abc import Mapping

from tests.chaos.ledger import Kill, Ledger
from tests.chaos.plan import Plan
from tests.harness.processes import Process

_MOST_AT_ONCE = 2
_SHORTEST_AWAY, _LONGEST_AWAY, _USUALLY_AWAY = 0.5, 8.0, 1.0


class Plugs:
    def __init__(
        self, plan: Plan, processes: Mapping[str, Process], ledger: Ledger, limited: Mapping[str, Process] | None = None
    ) -> None:
        """Alternates between a process and its limited twin, where it has one."""
        self._plan = plan
        self._processes = dict(processes)
        self._twins = dict(limited or {})
        self._limited_since: dict[str, float] = {}
        self._ledger = ledger
        self._busy = {name: asyncio.Lock() for name in processes}
        self._round: asyncio.Future[list[None]] | None = None

    async def run(self) -> None:
        """Kills one process, or sometimes two, until cancelled.

        It pauses after they serve again. Each process has its turn.
        """
        dice, turns = self._plan.dice("plugs"), list[str]()
        while True:
            await asyncio.sleep(dice.expovariate(1 / self._plan.calm))
            if len(turns) < _MOST_AT_ONCE:
                others = sorted(self._processes.keys() - turns)
                turns += dice.sample(others, k=len(others))
            names = [turns.pop(0) for _ in range(_MOST_AT_ONCE if dice.random() < 0.3 else 1)]
            away = [dice.triangular(_SHORTEST_AWAY, _LONGEST_AWAY, _USUALLY_AWAY) for _ in names]
            self._round = asyncio.gather(*map(self._pull, names, away))
            await asyncio.shield(self._round)

    async def mind(self) -> None:
        """Restarts processes that ended by themselves, as a platform does, until cancelled."""
        while True:
            for name, process in self._processes.items():
                if process.ended_by_itself and not self._busy[name].locked():
                    self._ledger.crashes.append(f"{name}: {process.output[-500:]}")
                    await self._pull(name, 0)
            await asyncio.sleep(0.5)

    async def finish(self) -> None:
        """Waits until everything runs again."""
        if self._round:
            await self._round
        for name in list(self._limited_since):
            await self._pull(name, 0)

    async def _pull(self, name: str, away: float) -> None:
        async with self._busy[name]:
            at = time.time()
            await self._processes[name].kill()
            await asyncio.sleep(away)
            process = self._next(name, at)
            while not await _started(process):
                await process.kill()
            self._ledger.kills.append(Kill(name, at, time.time()))

    def _next(self, name: str, at: float) -> Process:
        """Returns the process to start; one with a limited twin alternates with it."""
        if name in self._twins:
            self._processes[name], self._twins[name] = self._twins[name], self._processes[name]
            if since := self._limited_since.pop(name, None):
                self._ledger.limited.append(Kill(f"{name} limited", since, at))
            else:
                self._limited_since[name] = at
        return self._processes[name]


async def _started(process: Process) -> bool:
    try:
        await process.start()
    except AssertionError:  # it ended or was not ready in time; a server that it needs might be away
        return False
    return True
