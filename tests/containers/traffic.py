"""A continuous stream of candidates, each approved by its owner."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx

from tests.harness.core import CandidateBody, draft
from tests.harness.phone import Owner, Phone
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET

PATIENCE_SEC = 300
_AT_ONCE = 4


@dataclass
class Traffic:
    """Core's posts to the edges in turn, as a proxy would distribute them; `edges` can change."""

    phone: Phone
    edges: Sequence[str]
    secret: str = CORE_SECRET
    _turns: "count[int]" = field(default_factory=count)

    async def approve(self) -> str:
        """Posts a candidate and approves it; returns its id once core has the decision."""
        owner = Owner()
        candidate = draft(owner, owner_imessage=None)
        await until(lambda: self._posted(candidate), within=PATIENCE_SEC)
        await self.phone.until_prompted("whatsapp", candidate["id"], within=PATIENCE_SEC)
        await until(lambda: self._answered(owner, candidate["id"]), within=PATIENCE_SEC)
        await self.phone.until_decided(candidate["id"], within=PATIENCE_SEC)
        return candidate["id"]

    async def _posted(self, candidate: CandidateBody) -> bool:
        """Posts as core does, which retries until it gets an answer."""
        edge = self.edges[next(self._turns) % len(self.edges)]
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {self.secret}"}) as http:
            try:
                response = await http.post(f"{edge}/candidate", json=candidate, timeout=15)
            except httpx.TransportError:
                return False
        assert response.status_code < 500 or response.status_code == httpx.codes.SERVICE_UNAVAILABLE, response.text
        return response.is_success

    async def _answered(self, owner: Owner, candidate_id: str) -> bool:
        """Replies as an owner does, who writes again if no answer arrives."""
        said = await self.phone.says("whatsapp", owner, f"approve {candidate_id}")
        return said.statuses == [200]


@asynccontextmanager
async def traffic(phone: Phone, *edges: str, secret: str = CORE_SECRET) -> AsyncIterator[Traffic]:
    """Posts candidates while the body runs; at its end, each must be approved exactly once."""
    under_way, over = Traffic(phone, list(edges), secret), asyncio.Event()
    async with asyncio.TaskGroup() as lanes:
        running = [lanes.create_task(_one_after_another(under_way, over)) for _ in range(_AT_ONCE)]
        yield under_way
        over.set()
    decided = [candidate for lane in running for candidate in lane.result()]
    assert decided
    found = {one: [decision["decision"] for decision in await phone.decisions(one)] for one in decided}
    assert found == {one: ["approved"] for one in decided}


async def _one_after_another(under_way: Traffic, over: asyncio.Event) -> list[str]:
    decided = []
    while not over.is_set():
        decided.append(await under_way.approve())
    return decided
