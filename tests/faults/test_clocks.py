"""Wrong clocks: nothing that an owner receives depends on the api's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.core import CandidateBody
from tests.harness.naming import label
from tests.harness.phone import Owner
from tests.harness.processes import Process, until, until_clock
from tests.harness.scrape import scrape
from tests.harness.stack import Stack, answers

SKEWS = {-300: "300 s behind Temporal", 300: "300 s ahead of Temporal"}


@asynccontextmanager
async def api_with_clock(stack: Stack, ahead: int) -> AsyncIterator[None]:
    """Replaces the stack's own edge with one that has a wrong clock."""
    await stack.api.stop()
    healthz = f"{stack.gateway_url}/healthz"
    command = ("-m", "tests.harness.skewed_api", str(ahead))
    edge = Process.python(*command, environment=stack.environment, ready=lambda: answers(healthz))
    try:
        await edge.start()
        yield
    finally:
        await edge.kill()
        await stack.api.start()


async def asked(stack: Stack, owner: Owner, deadline_sec: int) -> CandidateBody:
    candidate = await stack.core.accepted(owner, deadline_sec=deadline_sec)
    for channel in ("whatsapp", "imessage"):
        await stack.phone.until_prompted(channel, candidate["id"])
    return candidate


async def until_compared(stack: Stack, ahead: int) -> None:
    async def compared() -> bool:
        ready = await stack.core.http.get("/readyz")
        assert ready.status_code == 200
        return bool(ready.json()["dependencies"]["clock"] == SKEWS[ahead])

    await until(compared)


@pytest.mark.parametrize("ahead", SKEWS)
async def test_replies_in_time_count_and_later_ones_do_not_with_any_clock_of_the_api(
    own_stack: Stack, ahead: int
) -> None:
    async with api_with_clock(own_stack, ahead):
        await candidates_are_asked_and_answered(own_stack, ahead)
        await reply_in_time_counts_though_it_is_read_late_and_a_later_one_does_not(own_stack)


async def candidates_are_asked_and_answered(own_stack: Stack, ahead: int) -> None:
    async def is_decided_in_time(deadline_sec: int, channel: str) -> None:
        owner, before = Owner(), datetime.now(UTC) - timedelta(milliseconds=1)
        candidate = await asked(own_stack, owner, deadline_sec)
        shown = await own_stack.core.candidate(candidate["id"])
        created_at, deadline = (datetime.fromisoformat(shown[name]) for name in ("created_at", "deadline"))
        assert before <= created_at <= datetime.now(UTC)
        assert deadline == created_at + timedelta(seconds=deadline_sec)
        assert (await listed(candidate))["created_at"] == shown["created_at"]

        await own_stack.phone.says(channel, owner, f"approve {candidate['id']}")
        assert (await own_stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
        assert (await listed(candidate, "approved"))["created_at"] == shown["created_at"]

    async def listed(candidate: CandidateBody, state: str = "prompted") -> dict[str, Any]:
        async def found() -> dict[str, Any] | None:
            query = {"brand_id": candidate["brand_id"]}
            activities = (await own_stack.core.http.get("/activity", params=query)).json()["activities"]
            return next((activity for activity in activities if activity["state"] == state), None)

        return await until(found)

    cases = [(seconds, channel) for seconds in (60, 290) for channel in ("whatsapp", "imessage")]
    await asyncio.gather(*(is_decided_in_time(*case) for case in cases))
    await until_compared(own_stack, ahead)
    skew = (await scrape(f"{own_stack.gateway_url}/metrics")).value("gateway_clock_skew_seconds")
    assert round(skew) == -ahead


async def reply_in_time_counts_though_it_is_read_late_and_a_later_one_does_not(own_stack: Stack) -> None:
    owners = [Owner() for _ in range(3)]
    in_time, late, silent = await asyncio.gather(*(asked(own_stack, owner, 20) for owner in owners))
    await own_stack.worker.kill()
    try:
        await own_stack.phone.says("imessage", owners[0], f"approve {in_time['id']}")
        for candidate in (in_time, late, silent):
            shown = await own_stack.core.candidate(candidate["id"])
            await until_clock(datetime.fromisoformat(shown["deadline"]) + timedelta(seconds=1))
        told = await own_stack.phone.says("whatsapp", owners[1], f"approve {late['id']}")
        await own_stack.phone.says("imessage", owners[2], f"approve {silent['id']}")
    finally:
        await own_stack.worker.start()

    outcomes = [
        (await own_stack.phone.until_decided(candidate["id"]))["decision"] for candidate in (in_time, late, silent)
    ]
    assert outcomes == ["approved", "expired", "expired"]
    assert "Too late" in told.words[0]
    await own_stack.phone.until_message("imessage", owners[2], "Too late")


async def test_edge_that_has_not_compared_the_clocks_lets_the_run_judge_whether_a_reply_is_late(
    own_stack: Stack, owner: Owner
) -> None:
    candidate = await asked(own_stack, owner, 60)

    async with api_with_clock(own_stack, 300):
        told = await own_stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
        assert (await own_stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    assert told.words == [f"Got it: post {label(candidate)}"]
