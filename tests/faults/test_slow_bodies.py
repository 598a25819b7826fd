"""Slow bodies: the edge waits for none from a stranger, and ten seconds for others."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.harness.edges import twilio_signature
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack

SLOW_BODY_SEC = 9
TWILIO_WAITS_SEC = 15
REFUSALS = {"/candidate": 401, "/webhooks/imessage": 401, "/webhooks/whatsapp": 403}


async def test_stranger_is_refused_before_the_body(stack: Stack) -> None:
    for path, status in REFUSALS.items():
        head, _ = await drip(stack, f"POST {path} HTTP/1.1\r\nHost: edge\r\nContent-Length: 100\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ")


@pytest.mark.timeout(60)
async def test_slow_body_is_refused(stack: Stack) -> None:
    """The edge waits ten seconds, serves others meanwhile, and closes the connection."""
    request = "POST {} HTTP/1.1\r\nHost: edge\r\n{}Content-Length: 100\r\n\r\n"
    doors = {
        "/candidate": f"Authorization: Bearer {CORE_SECRET}\r\n",
        "/webhooks/imessage": f"Authorization: Bearer {PHOTON_SECRET}\r\n",
        "/webhooks/whatsapp": "X-Twilio-Signature: perhaps\r\n",
    }
    heads = await asyncio.gather(*(drip(stack, request.format(*door)) for door in doors.items()))

    for head, seconds in heads:
        assert head.startswith("HTTP/1.1 408 ")
        assert "connection: close" in head
        assert 9 < seconds < 15


@pytest.mark.timeout(60)
async def test_slow_body_leaves_less_time_for_temporal(own_stack: Stack) -> None:
    """Twilio gets its answer in time although Temporal does not answer either."""
    path = "/webhooks/whatsapp"
    pairs = [("MessageSid", f"SM{uuid4().hex}"), ("From", "whatsapp:+15550001111"), ("Body", "yes")]
    content = urlencode(pairs).encode()
    headers = {
        "X-Twilio-Signature": twilio_signature(f"{own_stack.gateway_url}{path}", pairs),
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(content)),
    }
    own_stack.temporal.freeze()
    try:
        answer = await own_stack.core.http.post(path, content=slowly(content), headers=headers, timeout=60)
    finally:
        own_stack.temporal.thaw()

    assert answer.status_code == 503
    assert answer.elapsed.total_seconds() < TWILIO_WAITS_SEC


async def slowly(content: bytes) -> AsyncIterator[bytes]:
    yield content[:1]
    await asyncio.sleep(SLOW_BODY_SEC)
    yield content[1:]


async def test_connection_stays_open_as_long_as_proxies_reuse_it(stack: Stack) -> None:
    """The connection is idle for six seconds, longer than the server's default timeout."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.environment["PORT"]))
    for idle_sec in (6, 0):
        writer.write(b"GET / HTTP/1.1\r\nHost: edge\r\n\r\n")
        assert (await reader.readuntil(b'ok"}')).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(idle_sec)
    writer.close()


async def drip(stack: Stack, head: str) -> tuple[str, float]:
    """Sends a request's headers, then a byte at a time.

    Returns the headers of the answer and the seconds until it arrived. Fails if the answer
    announces the end of the connection and the edge keeps it open.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.environment["PORT"]))
    writer.write(head.encode())
    dripping = asyncio.create_task(_drip(writer))
    started_at = asyncio.get_running_loop().time()
    try:
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=20)).decode()
        seconds = asyncio.get_running_loop().time() - started_at
        dripping.cancel()
        if "connection: close" in answer:
            await asyncio.wait_for(reader.read(), timeout=5)
        return answer, seconds
    finally:
        dripping.cancel()
        writer.close()


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b" ")
        await asyncio.sleep(0.5)
