"""The limit per client applies before any work, is off while Redis is down, and never delays."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.harness.edges import another_edge, twilio_posts
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

LIMIT = 20
CLIENT = "192.0.2.1"
PATHS = ("/candidate/cr_1", "/nowhere", "/docs")


@pytest.fixture(scope="module")
async def edge(own_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with another_edge(own_stack, CLIENT_REQUESTS_PER_MIN=str(LIMIT), PUBLIC_BASE_URL="") as edge:
        yield edge


def client(address: str) -> dict[str, str]:
    """Returns the headers of a client behind a local proxy, which uvicorn trusts by default."""
    return {"X-Forwarded-For": address}


async def statuses(edge: httpx.AsyncClient, address: str, requests: int) -> list[int]:
    paths = (PATHS[number % len(PATHS)] for number in range(requests))
    return [(await edge.get(path, headers=client(address))).status_code for path in paths]


async def test_client_over_its_limit_is_refused_and_others_are_served(edge: httpx.AsyncClient, owner: Owner) -> None:
    served = await statuses(edge, CLIENT, LIMIT)
    refused = await edge.get("/candidate/cr_1", headers=client(CLIENT))
    webhook = await twilio_posts(edge, [("MessageSid", "SM1"), ("From", owner.whatsapp)], X_Forwarded_For=CLIENT)
    health = [await edge.get(path, headers=client(CLIENT)) for path in ("/", "/healthz", "/readyz", "/metrics")]

    assert set(served) == {401, 404, 200}
    for answer in (refused, webhook):
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert "too many requests" in answer.json()["detail"]
    assert {answer.status_code for answer in health} == {200}
    assert await statuses(edge, "192.0.2.2", 3) == [401, 404, 200]
    assert 'handler="/candidate/{candidate_id}",method="GET",status="4xx"' in health[-1].text


async def test_limit_counts_on_every_edge_and_whole_ipv6_networks(own_stack: Stack, edge: httpx.AsyncClient) -> None:
    async with another_edge(own_stack, CLIENT_REQUESTS_PER_MIN=str(LIMIT)) as other_edge:
        for number in range(LIMIT):
            of_both = (edge, other_edge)[number % 2]
            assert (await statuses(of_both, f"2001:db8::{number + 1:x}:1", 1)) == [401]
        refused = await statuses(other_edge, "2001:db8::ffff", 1)
        neighbor = await statuses(other_edge, "2001:db8:0:1::1", 1)

    assert (refused, neighbor) == ([429], [401])


@pytest.mark.parametrize("harm", ["frozen", "killed"])
async def test_outage_of_redis_lifts_the_limit_at_once_until_it_ends(
    own_stack: Stack, edge: httpx.AsyncClient, harm: str
) -> None:
    await until(lambda: is_limited(edge))

    if harm == "frozen":
        own_stack.valkey.freeze()
    else:
        await own_stack.valkey.kill()
    try:
        together = await asyncio.gather(*(seconds_served(edge) for _ in range(100)))
        after = [await seconds_served(edge) for _ in range(LIMIT)]
    finally:
        if harm == "frozen":
            own_stack.valkey.thaw()
        else:
            await own_stack.valkey.start()

    assert max(together) < 5, "all wait for Redis at the same time"
    assert sum(seconds > 0.9 for seconds in after) <= 1, "only one request tries Redis again"
    await until(lambda: is_limited(edge))


async def is_limited(edge: httpx.AsyncClient) -> bool:
    return (await statuses(edge, CLIENT, LIMIT + 1))[-1] == 429


async def seconds_served(edge: httpx.AsyncClient) -> float:
    started_at = time.monotonic()
    assert await statuses(edge, CLIENT, 1) == [401]
    return time.monotonic() - started_at
