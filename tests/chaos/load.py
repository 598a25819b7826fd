"""Core: it posts candidates until each is acknowledged, and withdraws or replaces some."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from random import Random
from typing import Any
from uuid import UUID

import httpx

from tests.chaos.ledger import Ledger, Posted
from tests.chaos.plan import BRANDS, OWNERS, Plan
from tests.harness.core import Core, draft
from tests.harness.phone import Owner

_UNACCEPTABLE = {"proposed_text": "", "deadline_sec": 1}
_ACCEPTED, _CONFLICT, _INVALID, _AWAY = 202, 409, 422, 503


class PostingLoad:
    def __init__(self, plan: Plan, core: Core, ledger: Ledger) -> None:
        self._plan = plan
        self._core = core
        self._ledger = ledger
        self._posting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Posts at the plan's rate, sometimes three of one brand back to back, until cancelled."""
        dice, number = self._plan.dice("load"), 0
        while True:
            brand = dice.randrange(BRANDS)
            for _ in range(3 if dice.random() < 0.1 else 1):
                number += 1
                task = asyncio.create_task(self._post(self._plan.dice("candidate", number), number, brand))
                self._posting.add(task)
                task.add_done_callback(self._posting.discard)
            await asyncio.sleep(dice.expovariate(self._plan.rate))

    async def finish(self) -> None:
        """Waits until everything is acknowledged."""
        await asyncio.gather(*self._posting)

    async def _post(self, dice: Random, number: int, brand: int, replaces: str | None = None) -> None:
        body = candidate(self._plan, dice, number, brand) | ({"replaces": replaces} if replaces else {})
        posted = self._ledger.posted[body["id"]] = Posted(body, time.time())
        if dice.random() < 0.03:
            posted.body, posted.refused = body | _UNACCEPTABLE, True
        possible = {_INVALID} if posted.refused else {_ACCEPTED, *([_CONFLICT] if replaces else [])}
        if await self._until(posted.body, possible) != _ACCEPTED:
            posted.refused = True
            return
        posted.acked_at = time.time()
        await self._change_mind(dice, posted, number, brand)

    async def _change_mind(self, dice: Random, posted: Posted, number: int, brand: int) -> None:
        """Posts some candidates again, withdraws some, and replaces some, sometimes repeatedly."""
        body, fate = posted.body, dice.random()
        if fate < 0.15:
            await asyncio.sleep(dice.uniform(0, 20))
            changed = body | ({"proposed_text": "Something else"} if fate < 0.05 else {})
            await self._until(changed, {_CONFLICT if fate < 0.05 else _ACCEPTED})
        elif fate < 0.23:
            await asyncio.sleep(dice.uniform(0, 20))
            posted.may_be_withdrawn = True
            await self._answered(posted.id, lambda: self._core.withdraw(posted.id), {_ACCEPTED, _CONFLICT})
        elif fate < 0.35:
            await asyncio.sleep(dice.uniform(0, 15))
            successors = 2 if dice.random() < 0.2 else 1
            await asyncio.gather(*(self._post(dice, number, brand, posted.id) for _ in range(successors)))

    async def _until(self, body: dict[str, Any], expected: Collection[int]) -> int:
        return await self._answered(body["id"], lambda: self._core.post(body), expected)

    async def _answered(
        self, candidate_id: str, ask: Callable[[], Awaitable[httpx.Response]], expected: Collection[int]
    ) -> int:
        """Retries on 503 and on every connection error, as core does; returns the status."""
        while True:
            try:
                response = await ask()
            except httpx.TransportError:
                await asyncio.sleep(0.5)
                continue
            if response.status_code == _AWAY:
                await asyncio.sleep(1)
                continue
            if response.status_code not in expected:
                answer = f"{candidate_id} got {response.status_code} instead of {expected}: {response.text[:300]}"
                self._ledger.wrong_answers.append(answer)
            return response.status_code


def candidate(plan: Plan, dice: Random, number: int, brand: int) -> dict[str, Any]:
    """Returns a candidate for one or both channels, sometimes with a draft of several messages."""
    channels = dice.choice(["both", "both", "whatsapp", "imessage"])
    owner = Owner(100 + brand % OWNERS)
    unique = f"cr_{number}_{UUID(int=dice.getrandbits(128)).hex[:6]}"
    is_patient = dice.random() < 1 / 3
    deadline = dice.randint(plan.shortest_deadline, plan.longest_deadline)
    words = dice.randint(180, 280) if dice.random() < 0.15 else dice.randint(3, 20)
    return {
        **draft(owner),
        "id": unique,
        "brand_id": f"b_{brand}",
        "context_url": f"https://example.com/posts/{unique}",
        "proposed_text": " ".join(f"{unique}.{word}" for word in range(words))[:3000],
        "deadline_sec": plan.deadline_of_the_patient if is_patient else deadline,
        "owner_whatsapp": None if channels == "imessage" else owner.whatsapp,
        "owner_imessage": None if channels == "whatsapp" else owner.imessage,
    }
