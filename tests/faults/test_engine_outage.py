"""Temporal is down and returns: the edge reports it quickly and recovers by itself."""

import asyncio
import json
import time
from collections.abc import Awaitable
from uuid import uuid4

import httpx
import pytest

from domain.engine_states import EngineState
from tests.harness.core import draft
from tests.harness.edges import another_edge, twilio_posts
from tests.harness.operator import until_found
from tests.harness.phone import Owner
from tests.harness.processes import Process, run_python, until
from tests.harness.stack import CORE_SECRET, PHOTON_SECRET, Stack

QUICK_SEC = 10


async def test_redis_down_is_reported_by_an_edge_that_stays_ready(own_stack: Stack) -> None:
    await own_stack.valkey.kill()
    try:
        response = await own_stack.core.http.get("/readyz")
    finally:
        await own_stack.valkey.start()

    assert response.status_code == 200
    assert "Redis cannot be used" in response.json()["dependencies"]["redis"]
    assert response.json()["dependencies"]["temporal"] == "ok"


async def test_outage_of_temporal_is_reported_at_once_and_ends_without_a_restart(
    own_stack: Stack, owner: Owner
) -> None:
    before = await own_stack.core.accepted(owner)
    refused, text = draft(owner), f"approve {before['id']}"
    await own_stack.core.until_state(before["id"], "prompted")
    await own_stack.temporal.kill()
    try:
        async with another_edge(own_stack, PUBLIC_BASE_URL="") as late_edge:
            started_at = time.monotonic()
            answers = await asyncio.gather(
                own_stack.core.post(refused),
                own_stack.core.http.get(f"/candidate/{before['id']}"),
                own_stack.core.http.get("/activity", params={"brand_id": before["brand_id"]}),
                own_stack.core.http.post(
                    "/webhooks/imessage",
                    json={"from": owner.imessage, "text": text},
                    headers={"Authorization": f"Bearer {PHOTON_SECRET}"},
                ),
                whatsapp(own_stack.core.http, owner, text),
                whatsapp(late_edge, owner, "help"),
                twilio_posts(
                    own_stack.core.http,
                    [("MessageSid", f"SM{uuid4().hex}"), ("MessageStatus", "failed")],
                    path=f"/webhooks/whatsapp/status/{before['id']}/1-1",
                ),
                late_edge.post("/candidate", json=draft(owner), headers={"Authorization": f"Bearer {CORE_SECRET}"}),
                until(lambda: own_stack.core.http.get("/readyz"), lambda ready: ready.status_code == 503),
                *(own_stack.core.http.get(path) for path in ("/healthz", "/")),
            )
            assert time.monotonic() - started_at < QUICK_SEC
    finally:
        await own_stack.temporal.start()

    *answers, ready, alive, root = answers
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
    assert answers[0].json()["candidate_id"] == refused["id"]
    assert (alive.status_code, root.status_code) == (200, 200)
    assert ready.json()["dependencies"]["temporal"] == EngineState.AWAY.traits.words
    assert ready.json()["dependencies"]["redis"] == "ok"

    await until(lambda: is_ready(own_stack))
    assert (await own_stack.core.candidate(before["id"]))["state"] == "prompted"
    assert (await own_stack.core.post(refused)).json()["status"] == "accepted"
    await own_stack.phone.says("whatsapp", owner, text)
    assert (await own_stack.phone.until_decided(before["id"], within=30))["decision"] == "approved"
    await own_stack.phone.until_prompted("whatsapp", refused["id"])


async def test_frozen_temporal_has_the_same_name_in_answers_logs_readyz_and_doctor(
    own_stack: Stack, owner: Owner
) -> None:
    own_stack.temporal.freeze()
    try:
        posted = await own_stack.core.post(draft(owner))
        ready = await own_stack.core.http.get("/readyz")
        _, output = await run_python("-m", "tools.doctor", "--json", environment=own_stack.environment)
        await until(lambda: bool(states_in(own_stack.api) and states_in(own_stack.worker)), within=120)
    finally:
        own_stack.temporal.thaw()

    words = EngineState.AWAY.traits.words
    connection = {finding["check"]: finding for finding in json.loads(output)["findings"]}["temporal.connection"]
    assert posted.json()["detail"] == words
    assert (ready.status_code, ready.json()["dependencies"]["temporal"]) == (503, words)
    assert (connection["health"], connection["says"].startswith(words)) == ("problem", True)
    assert states_in(own_stack.api) == states_in(own_stack.worker) == [EngineState.AWAY]


def states_in(process: Process) -> list[str]:
    lines = [json.loads(line) for line in process.output.splitlines()]
    return [line["state"] for line in lines if line["event"] == "engine_unavailable"]


@pytest.mark.parametrize("harm", ["frozen", "killed"])
async def test_load_during_an_outage_is_refused_in_time_and_accepted_once_when_sent_again(
    own_stack: Stack, owner: Owner, harm: str
) -> None:
    """Twilio delivers the owner's reply again, perhaps twice, and it decides once."""
    asked = await own_stack.core.accepted(owner)
    await own_stack.core.until_state(asked["id"], "prompted")
    brand = f"b_{uuid4().hex}"
    candidates = [draft(owner, brand_id=brand, deadline_sec=3600) for _ in range(25)]
    reply = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", f"approve {asked['id']}")]
    client = own_stack.core.http

    own_stack.temporal.freeze() if harm == "frozen" else await own_stack.temporal.kill()
    try:
        posts = [timed(own_stack.core.post(candidate)) for candidate in candidates]
        answers = await asyncio.gather(*posts, *(timed(twilio_posts(client, reply)) for _ in range(10)))
    finally:
        own_stack.temporal.thaw() if harm == "frozen" else await own_stack.temporal.start()

    assert {(answer.status_code, answer.headers["Retry-After"]) for answer, _ in answers} == {(503, "5")}
    assert max(seconds for _, seconds in answers) < QUICK_SEC
    await until(lambda: is_ready(own_stack))
    again = await asyncio.gather(*(own_stack.core.post(candidate) for candidate in candidates))
    assert {answer.json()["status"] for answer in again} <= {"accepted", "duplicate"}
    once, twice = [await twilio_posts(client, reply) for _ in range(2)]
    assert (once.status_code, once.content) == (200, twice.content)
    assert (await own_stack.phone.until_decided(asked["id"]))["decision"] == "approved"
    await until_found(own_stack.client, f"BrandId = '{brand}'", len(candidates))
    assert len(await own_stack.phone.decisions(asked["id"])) == 1


async def timed(request: Awaitable[httpx.Response]) -> tuple[httpx.Response, float]:
    started_at = time.monotonic()
    return await request, time.monotonic() - started_at


async def whatsapp(edge: httpx.AsyncClient, owner: Owner, text: str) -> httpx.Response:
    form = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", text)]
    return await twilio_posts(edge, form)


async def is_ready(stack: Stack) -> bool:
    """Returns whether Temporal is ready; a slow one is, too, but can still fail a request."""
    return bool((await stack.core.http.get("/readyz")).json()["dependencies"]["temporal"] == "ok")
