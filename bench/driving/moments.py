"""Moments at which owners were asked and decisions delivered, from the simulator and the floor."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

PATIENCE_SEC = 300


class Moments:
    """Moments in seconds since 1970, by kind and candidate's key; several can wait for one."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, str], asyncio.Future[float]] = defaultdict(asyncio.Future)

    def note(self, kind: str, key: str, at: float) -> None:
        """Notes the first moment of a kind, and ignores repetitions."""
        moment = self._moments[kind, key]
        if not moment.done():
            moment.set_result(at)

    async def asked(self, key: str) -> float:
        return await self._of("arrived", key)

    async def delivered(self, key: str) -> float:
        return await self._of("delivered", key)

    async def _of(self, kind: str, key: str) -> float:
        async with asyncio.timeout(PATIENCE_SEC):
            return await self._moments[kind, key]


@asynccontextmanager
async def received_datagrams(moments: Moments) -> AsyncIterator[int]:
    """Receives notices as datagrams, JSON lists of kind, key and moment; yields the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(moments), local_addr=("127.0.0.1", 0))
    try:
        yield cast("tuple[str, int]", transport.get_extra_info("sockname"))[1]
    finally:
        transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, moments: Moments) -> None:
        self._moments = moments

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002  # asyncio's
        self._moments.note(*json.loads(data))


@asynccontextmanager
async def watched_world(moments: Moments, simulator_url: str) -> AsyncIterator[None]:
    """Notes what arrives at owners, by their address, and at core, by the candidate's id."""
    async with (
        httpx.AsyncClient(base_url=simulator_url, timeout=None, trust_env=False) as http,  # noqa: S113  # it never ends
        http.stream("GET", "/control/events") as events,
        asyncio.TaskGroup() as tasks,
    ):
        lines = events.aiter_lines()
        await anext(lines)  # an empty line; nothing after it is missed
        watching = tasks.create_task(_note_all(moments, lines))
        try:
            yield
        finally:
            watching.cancel()


async def _note_all(moments: Moments, lines: AsyncIterator[str]) -> None:
    async for line in lines:
        event = json.loads(line)
        moments.note(event["kind"], event["key"], event["at"])
