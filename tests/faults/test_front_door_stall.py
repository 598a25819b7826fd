"""deploy/nginx while Temporal stalls and an api has all its waits: nginx refuses no request."""

import asyncio
import json
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from api.http.open_files import raise_limit
from tests.harness.core import Core, draft
from tests.harness.edges import Pairs, twilio_signature
from tests.harness.nginx import NAME, Site, needs_nginx, site_of_an_edge
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET, Stack
from tests.harness.waits import LONGEST

WAITS = 2000
WAITS_PER_SEC = 60
"""The rate at which the waits begin, which one api can accept."""

REQUESTS_PER_SEC = 50
STALL_SEC = 15
OF_CORE = {"Authorization": f"Bearer {CORE_SECRET}"}
FILES = 6000
"""Each connection needs two; the rest is a margin."""

pytestmark = [
    needs_nginx,
    pytest.mark.skipif(
        0 <= resource.getrlimit(resource.RLIMIT_NOFILE)[1] < FILES, reason=f"the limit of open files is below {FILES}"
    ),
]


class Connection:
    """A connection to nginx for one request after another.

    It is lighter than a client's pool with two thousand connections.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def status(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = OF_CORE) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self._site.port, ssl=self._site.trust, server_hostname=NAME
            )
        reader, writer = self._streams
        sent = {"Host": NAME, "Content-Length": str(len(body)), **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r\n")[0] or 0))
        if "connection: close" in answer:
            self.close()
        return int(answer.split()[1])

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None


@pytest.mark.timeout(600)
async def test_no_request_gets_a_429_while_temporal_stalls(own_stack: Stack, tmp_path: Path) -> None:
    """Two thousand waits and fifty requests a second, of core and of Twilio, share one address.

    The api answers some of them 503; none gets a 429.
    """
    raise_limit()
    awaited, decided = draft(deadline_sec=3600), asyncio.Event()
    async with (
        site_of_an_edge(own_stack, tmp_path, {"CLIENT_REQUESTS_PER_MIN": "6000"}) as (site, edge),
        Core(str(edge.base_url), CORE_SECRET) as direct,
    ):
        await direct.post(awaited)
        waits: list[asyncio.Task[set[int]]] = []
        while len(waits) < WAITS:
            waits.append(asyncio.create_task(wait(site, awaited["id"], decided)))
            await asyncio.sleep(1 / WAITS_PER_SEC)
        own_stack.temporal.freeze()
        try:
            of_core, of_twilio = await ask_for(site, own_stack, STALL_SEC)
        finally:
            own_stack.temporal.thaw()
        decided.set()
        await own_stack.run_of(awaited["id"]).signal("withdraw", {"operator": "ann"})
        waited = set().union(*await asyncio.gather(*waits))

    assert 503 in of_core & of_twilio
    assert of_core <= {200, 202, 404, 503}
    assert of_twilio <= {200, 204, 503}
    assert 200 in waited
    assert waited <= {200, 503}


async def wait(site: Site, candidate_id: str, decided: asyncio.Event) -> set[int]:
    """Waits repeatedly, as core does, until the decision; returns the statuses of all answers."""
    connection, statuses = Connection(site), set()
    try:
        while not decided.is_set():
            try:
                statuses.add(await connection.status("GET", f"/candidate/{candidate_id}?wait={LONGEST}"))
            except (ConnectionError, asyncio.IncompleteReadError):  # an idle connection can be closed at any time
                connection.close()
    finally:
        connection.close()
    return statuses


async def ask_for(site: Site, stack: Stack, seconds: float) -> tuple[set[int], set[int]]:
    """Sends requests in turn; returns the statuses of core's and those of Twilio's."""
    ends_at = time.monotonic() + seconds
    kinds = core_posts, core_reads, owner_writes, twilio_reports
    asked: list[asyncio.Task[int]] = []
    while time.monotonic() < ends_at:
        asked.append(asyncio.create_task(kinds[len(asked) % 4](site, stack)))
        await asyncio.sleep(1 / REQUESTS_PER_SEC)
    statuses = await asyncio.gather(*asked)
    return {*statuses[::4], *statuses[1::4]}, {*statuses[2::4], *statuses[3::4]}


async def core_posts(site: Site, _: Stack) -> int:
    return await ask(site, "POST", "/candidate", json.dumps(draft()).encode())


async def core_reads(site: Site, _: Stack) -> int:
    return await ask(site, "GET", f"/candidate/{draft()['id']}")


async def owner_writes(site: Site, stack: Stack) -> int:
    form = [("MessageSid", f"SM{uuid4().hex}"), ("From", Owner().whatsapp), ("Body", "approve")]
    return await twilio_asks(site, stack, "/webhooks/whatsapp", form)


async def twilio_reports(site: Site, stack: Stack) -> int:
    form = [("MessageSid", f"SM{uuid4().hex}"), ("MessageStatus", "delivered")]
    return await twilio_asks(site, stack, f"/webhooks/whatsapp/status/{draft()['id']}/1-1", form)


async def twilio_asks(site: Site, stack: Stack, path: str, form: Pairs) -> int:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": twilio_signature(f"{stack.gateway_url}{path}", form),
    }
    return await ask(site, "POST", path, urlencode(form).encode(), headers)


async def ask(site: Site, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = OF_CORE) -> int:
    connection = Connection(site)
    try:
        return await connection.status(method, path, body, headers)
    finally:
        connection.close()
