"""Processes that are told to stop finish their work in progress, within limits."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import EventType

from tests.harness.core import draft
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET, Stack

GRACE_SEC = 20
"""The edge's limit for connections that clients keep open."""


async def test_worker_told_to_stop_finishes_its_send_and_its_callback(own_stack: Stack) -> None:
    sending, reporting = Owner(), Owner()
    phone, core = own_stack.phone, own_stack.core
    decided = await core.accepted(reporting)
    await phone.until_prompted("whatsapp", decided["id"])
    await phone.fault("twilio.messages", match=sending.whatsapp, times=1, delay_sec=4)
    await phone.fault("core.decisions", match=decided["id"], times=1, delay_sec=4)
    asked = await core.accepted(sending)
    await phone.says("whatsapp", reporting, f"approve {decided['id']}")

    async def both_have_begun() -> bool:
        sends = await phone.prompt_attempts("whatsapp", asked["id"])
        return bool(sends and await phone.attempts("core.decisions", contains=decided["id"]))

    await until(both_have_begun)
    assert await phone.prompts("whatsapp", asked["id"]) == await phone.decisions(decided["id"]) == []
    await own_stack.worker.stop()
    assert len(await phone.prompts("whatsapp", asked["id"])) == len(await phone.decisions(decided["id"])) == 1
    await own_stack.worker.start()

    await core.until_state(asked["id"], "prompted")
    await core.until_callback(decided["id"], "delivered")
    assert len(await phone.prompt_attempts("whatsapp", asked["id"])) == 1
    assert len(await phone.attempts("core.decisions", contains=decided["id"])) == 1
    for candidate in (asked, decided):
        events = (await own_stack.run_of(candidate["id"]).fetch_history()).events
        started = [e for e in events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED]
        assert {event.activity_task_started_event_attributes.attempt for event in started} == {1}


async def test_worker_told_to_stop_twice_exits_at_once(own_stack: Stack, owner: Owner) -> None:
    await own_stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=15)
    candidate = await own_stack.core.accepted(owner)
    await until(lambda: own_stack.phone.prompt_attempts("whatsapp", candidate["id"]))
    first = asyncio.create_task(own_stack.worker.stop())
    await until(lambda: "worker_stopping" in own_stack.worker.output)
    told_again_at = time.monotonic()
    await own_stack.worker.stop()
    await first
    assert time.monotonic() - told_again_at < 8, "the send takes fifteen seconds"
    await own_stack.worker.start()


async def test_edge_told_to_stop_answers_its_request_and_no_client_keeps_it_running(
    own_stack: Stack, owner: Owner
) -> None:
    """Of two requests, one ends after the signal and the other never does."""
    candidate, port = draft(owner), int(own_stack.environment["PORT"])
    body = json.dumps(candidate).encode()
    async with begun_request(port, len(body)) as (answer, request), begun_request(port, len(body)):
        told_at = time.monotonic()
        stopping = asyncio.create_task(own_stack.api.stop())
        await until(lambda: refuses_connections(port))
        request.write(body)
        head, _, content = (await answer.read()).partition(b"\r\n\r\n")
        await stopping

    assert head.startswith(b"HTTP/1.1 202 ")
    assert json.loads(content)["status"] == "accepted"
    assert time.monotonic() - told_at < GRACE_SEC + 5
    await own_stack.api.start()
    assert (await own_stack.core.post(candidate)).json()["status"] == "duplicate"
    await own_stack.phone.until_prompted("whatsapp", candidate["id"])


@asynccontextmanager
async def begun_request(port: int, length: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Posts the headers of a candidate, and waits until the edge requests the body."""
    head = f"POST /candidate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {CORE_SECRET}\r\nContent-Length: {length}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{head}Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        yield reader, writer
    finally:
        writer.close()


async def refuses_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
