"""Whoever is not authenticated is told that, and nothing of what it sent: the body is not even read."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.harness.core import draft
from tests.harness.edges import Pairs, twilio_posts
from tests.harness.phone import Owner
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack

JSON = "application/json"
REFUSALS = {"/candidate": 401, "/webhooks/imessage": 401, "/webhooks/whatsapp": 403}
BODIES: list[tuple[str, bytes]] = [
    (JSON, b"{"),
    (JSON, b"[" * 100_000),
    (JSON, b"\xff\0"),
    (JSON, b" " * 500_000),
    ("text/plain", b"hello"),
    ("multipart/form-data", b"--"),
    ("application/x-www-form-urlencoded", b"a=b&" * 100_000),
    ("", b""),
]


async def test_every_route_that_takes_a_body_is_here(stack: Stack) -> None:
    document = (await stack.core.http.get("/openapi.json")).json()

    assert {path for path, item in document["paths"].items() if item.keys() - {"get"}} == set(REFUSALS)


@pytest.mark.parametrize("path", REFUSALS)
@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Bearer wrong", "X-Twilio-Signature": "wrong"}])
async def test_stranger_hears_nothing_of_its_body(stack: Stack, path: str, credentials: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=stack.gateway_url, headers=credentials) as stranger:
        answers = [
            await stranger.post(path, content=body, headers={"Content-Type": kind} if kind else {})
            for kind, body in BODIES
        ]

    assert {answer.status_code for answer in answers} == {REFUSALS[path]}
    assert len({answer.content for answer in answers}) == 1


async def test_stranger_that_announces_a_body_is_refused_without_it(stack: Stack) -> None:
    for path, status in REFUSALS.items():
        head, _, _ = await drip(stack, f"POST {path} HTTP/1.1\r\nHost: edge\r\nContent-Length: 100\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ")


@pytest.mark.timeout(60)
async def test_body_that_drips_is_cut_off(stack: Stack) -> None:
    """After ten seconds; the edge serves others meanwhile, and closes the connection."""
    request = "POST {} HTTP/1.1\r\nHost: edge\r\n{}Content-Length: 100\r\n\r\n"
    doors = {
        "/candidate": f"Authorization: Bearer {CORE_SECRET}\r\n",
        "/webhooks/imessage": f"Authorization: Bearer {PHOTON_SECRET}\r\n",
        "/webhooks/whatsapp": "X-Twilio-Signature: perhaps\r\n",
    }
    heads = await asyncio.gather(*(drip(stack, request.format(*door)) for door in doors.items()))

    for head, seconds, is_closed in heads:
        assert head.startswith("HTTP/1.1 408 ")
        assert "connection: close" in head
        assert 9 < seconds < 15
        assert is_closed


async def drip(stack: Stack, head: str) -> tuple[str, float, bool]:
    """Send a request's head, then a byte now and then; give the answer's head, when it came, and if that was all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.environment["PORT"]))
    writer.write(head.encode())
    dripping = asyncio.create_task(_drip(writer))
    started_at = asyncio.get_running_loop().time()
    try:
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=20)).decode()
        seconds = asyncio.get_running_loop().time() - started_at
        dripping.cancel()
        is_closed = "connection: close" in answer and b"" in (await reader.read(), await reader.read())
        return answer, seconds, is_closed
    finally:
        dripping.cancel()
        writer.close()


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.5)


async def test_form_of_a_thousand_fields_is_none_of_twilios(plain_edge: httpx.AsyncClient, owner: Owner) -> None:
    pairs: Pairs = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp)]

    assert (await twilio_posts(plain_edge, [*pairs, *[("Field", "")] * 500])).status_code == 200
    assert (await twilio_posts(plain_edge, [*pairs, *[("Field", "")] * 1000])).status_code == 403


async def test_content_type_of_a_candidate_matters_only_once_core_is_known(stack: Stack, owner: Owner) -> None:
    body: Any = json.dumps(draft(owner)).encode()
    answer = await stack.core.http.post("/candidate", content=body, headers={"Content-Type": "text/plain"})

    assert answer.status_code == 422
