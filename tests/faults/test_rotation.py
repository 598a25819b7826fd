"""Every secret is rotated while candidates arrive and owners answer, as in docs/security.md."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, cycle, repeat
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.core import CandidateBody, draft
from tests.harness.keys import encryption_keys, secret
from tests.harness.phone import Owner
from tests.harness.processes import Process, free_port, until
from tests.harness.stack import Stack, api_process, running_stack, simulator_process, worker_process

OLD, NEW = (
    {
        "WEBHOOK_SIGNING_SECRET": secret(f"core {age}"),
        "TWILIO_AUTH_TOKEN": secret(f"twilio {age}")[:32],
        "PHOTON_WEBHOOK_SECRET": secret(f"sidecar {age}"),
        "PAYLOAD_ENCRYPTION_KEYS": encryption_keys(age),
    }
    for age in ("old", "new")
)
BOTH_ACCEPTED = {name: f"{OLD[name]},{NEW[name]}" for name in OLD}
NEW_FIRST = {name: f"{NEW[name]},{OLD[name]}" for name in OLD}
NEW_ALONE = NEW | {"PAYLOAD_ENCRYPTION_KEYS": NEW_FIRST["PAYLOAD_ENCRYPTION_KEYS"]}  # the old key still decrypts


@dataclass
class MixedTraffic:
    """Candidates that arrive all the time, and are approved in different ways."""

    stack: Stack
    core_secret: str
    every_sec: float = 0.7
    decided: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Posts candidates until the block ends, then waits until every one is decided."""
        lives: list[asyncio.Task[None]] = []

        async def flow() -> None:
            for channel, words in cycle(
                (("whatsapp", "approve"), ("imessage", "approve {}"), ("whatsapp", "approve {}"))
            ):
                lives.append(asyncio.create_task(self._live(channel, words)))
                await asyncio.sleep(self.every_sec)

        flowing = asyncio.create_task(flow())
        try:
            yield
        finally:
            flowing.cancel()
            await asyncio.gather(*lives)

    async def _live(self, channel: str, words: str) -> None:
        owner = Owner()
        candidate = draft(owner)
        await until(lambda: unbroken(lambda: self._post(candidate)), within=60)
        phone = self.stack.phone
        await until(lambda: unbroken(lambda: phone.prompts(channel, candidate["id"])), within=90)

        # On a busy machine the chat's memory can lack a prompt; the sixth message names the draft.
        sayings = chain(repeat(words.format(candidate["id"]), 5), repeat(f"approve {candidate['id']}"))

        async def answered() -> list[dict[str, Any]]:
            if decisions := await phone.decisions(candidate["id"]):
                return decisions
            said = await phone.says(channel, owner, next(sayings))
            self.refused += [f"{channel}: {status}" for status in said.statuses if status not in (200, None)]
            return []

        [decision] = await until(lambda: unbroken(answered), within=90, every=1)
        assert decision["decision"] == "approved"
        self.decided.append(candidate["id"])

    async def _post(self, candidate: CandidateBody) -> bool:
        headers = {"Authorization": f"Bearer {self.core_secret}"}
        async with httpx.AsyncClient(base_url=self.stack.gateway_url, timeout=15) as http:
            response = await http.post("/candidate", json=candidate, headers=headers)
        if response.status_code != httpx.codes.ACCEPTED:
            self.refused.append(f"core: {response.status_code}")
        return response.is_success


async def unbroken(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """Returns None if the connection breaks, because a process is restarting."""
    with contextlib.suppress(httpx.TransportError):
        return await attempt()
    return None


@asynccontextmanager
async def balancer(port: int, backends: Sequence[int]) -> AsyncIterator[None]:
    """Forwards each connection to the first edge that listens."""

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for backend in backends:
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", backend)
                await asyncio.gather(pipe(reader, back), pipe(there, writer))
                return
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


@pytest.mark.timeout(420)
async def test_no_candidate_and_no_reply_is_lost_while_every_secret_is_rotated(tmp_path: Path) -> None:
    public, *ports = (free_port() for _ in range(3))
    settings = {"PUBLIC_BASE_URL": f"http://127.0.0.1:{public}", "PORT": str(ports[0]), **OLD}
    async with balancer(public, ports), running_stack(tmp_path, **settings) as stack:
        await stack.api.stop()
        edges = [api_process({**stack.environment, "PORT": str(port)}) for port in ports]
        workers = [stack.worker, worker_process(stack.environment)]
        simulator = simulator_process(stack.environment, tmp_path)
        await stack.simulator.stop()
        try:
            await asyncio.gather(*(process.start() for process in (*edges, workers[1], simulator)))
            traffic = MixedTraffic(stack, OLD["WEBHOOK_SIGNING_SECRET"])
            async with traffic.flowing():
                await restart_by_turns(edges, workers, BOTH_ACCEPTED)
                await restart_by_turns(edges, workers, NEW_FIRST)
                traffic.core_secret = NEW["WEBHOOK_SIGNING_SECRET"]
                await simulator.restart(TWILIO_AUTH_TOKEN=NEW["TWILIO_AUTH_TOKEN"])
                so_far = len(traffic.decided)
                await until(lambda: more_than(traffic.decided, so_far + 5), within=90)
                await restart_by_turns(edges, workers, NEW_ALONE)
        finally:
            for process in (*edges, workers[1], simulator):
                await process.kill()

    assert traffic.refused == []
    assert len(traffic.decided) > 20


async def more_than(things: Sequence[object], number: int) -> bool:
    return len(things) > number


async def restart_by_turns(edges: Sequence[Process], workers: Sequence[Process], settings: Mapping[str, str]) -> None:
    """Restarts one edge and one worker at a time, so that the others keep running."""
    for pair in zip(edges, workers, strict=True):
        await asyncio.gather(*(process.restart(**settings) for process in pair))
