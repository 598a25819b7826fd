"""Requests that wait for a decision while Redis, hints, places or the process itself are lost."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.redis import hints
from adapters.redis.connection import connect
from tests.harness.core import Core
from tests.harness.edges import another_edge
from tests.harness.processes import Process, free_port, until
from tests.harness.scrape import scrape
from tests.harness.stack import CORE_SECRET, Stack, answers, running_stack, valkey_process
from tests.harness.waits import LONGEST, metrics_url, reads, until_waiting, waiting

WITHDRAWAL = {"operator": "ann"}
OPEN_FILES = 192
READS_PER_SEC = 20
AWAITED = 130
"""More than the edge reads in five seconds."""


@pytest.fixture(autouse=True)
async def redis_back(own_stack: Stack) -> AsyncIterator[None]:
    yield
    if own_stack.valkey.is_running:
        own_stack.valkey.thaw()
    else:
        await own_stack.valkey.start()


@pytest.mark.parametrize("outage", ["killed", "frozen"])
async def test_wait_is_answered_without_redis(own_stack: Stack, outage: str) -> None:
    """The edge reads the candidate now and then; the delivery to core is not delayed either."""
    decided, undecided = await own_stack.core.accepted(), await own_stack.core.accepted()
    failures = await follow_failures(own_stack.core)
    async with waiting(own_stack.core, [undecided["id"], decided["id"], decided["id"]]) as (other, first, second):
        if outage == "killed":
            await own_stack.valkey.kill()
        else:
            own_stack.valkey.freeze()
        await until(lambda: follow_failures(own_stack.core), lambda count: count > failures)
        await own_stack.run_of(decided["id"]).signal("withdraw", WITHDRAWAL)

        assert {(await wait)["state"] for wait in (first, second)} == {"expired"}
        assert not other.done(), "the end of the wait answered"
    await own_stack.core.until_callback(decided["id"], "delivered")


async def test_many_candidates_are_read_at_a_limited_rate_without_hints(own_stack: Stack) -> None:
    candidates = [(await own_stack.core.accepted())["id"] for _ in range(AWAITED)]
    nowhere = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    async with (
        another_edge(own_stack, **nowhere) as http,
        Core(str(http.base_url), CORE_SECRET) as core,
        Core(str(http.base_url), CORE_SECRET) as other,
        waiting(core, candidates[::2]),
        waiting(other, candidates[1::2]),
    ):
        began = time.monotonic()
        before = await reads(core)
        await until(lambda: reads(core), lambda count: count >= before + AWAITED)

        assert time.monotonic() - began > 0.9 * AWAITED / READS_PER_SEC


async def follow_failures(core: Core) -> float:
    return (await scrape(metrics_url(core))).value("gateway_redis_errors_total", operation="follow_hints")


async def test_decision_during_an_outage_of_redis_is_read_when_it_ends(own_stack: Stack) -> None:
    """Redis is back before the edge would read without a hint."""
    decided, undecided = await own_stack.core.accepted(), await own_stack.core.accepted()
    async with waiting(own_stack.core, [undecided["id"], decided["id"]]) as (other, first):
        await own_stack.valkey.kill()
        await own_stack.run_of(decided["id"]).signal("withdraw", WITHDRAWAL)
        await own_stack.phone.until_decided(decided["id"])
        await own_stack.valkey.start()

        assert (await first)["state"] == "expired"
        assert not other.done()


async def test_decision_whose_hint_is_lost_is_answered_at_the_end_of_the_wait(own_stack: Stack) -> None:
    candidate = await own_stack.core.accepted()
    async with unhinted_edge(own_stack) as (core, _):
        async with waiting(core, [candidate["id"]], 5) as (wait,):
            await own_stack.run_of(candidate["id"]).signal("withdraw", WITHDRAWAL)
            entry = await wait
        scraped = await scrape(metrics_url(core))

    assert entry["state"] == "expired"
    assert scraped.value("gateway_wait_seconds_count", end="time_over") == 1


async def test_candidate_that_could_not_be_read_after_its_hint_is_read_again(own_stack: Stack) -> None:
    """The only hint is the one that the test publishes."""
    decided, undecided = await own_stack.core.accepted(), await own_stack.core.accepted()
    async with (
        unhinted_edge(own_stack) as (core, redis_url),
        waiting(core, [undecided["id"], decided["id"]]) as (other, first),
        connect(redis_url) as redis,
    ):
        await own_stack.run_of(decided["id"]).signal("withdraw", WITHDRAWAL)
        await own_stack.core.until_callback(decided["id"], "delivered")
        own_stack.temporal.freeze()
        try:
            await redis.publish(hints.CHANNEL, decided["id"])
            later_read = await core.http.get(f"/candidate/{decided['id']}")
        finally:
            own_stack.temporal.thaw()

        assert later_read.status_code == 503, "so the read after the hint failed, too"
        assert (await first)["state"] == "expired"
        assert not other.done(), "the end of the wait answered"


async def test_edge_told_to_stop_answers_every_wait_with_the_current_state(own_stack: Stack) -> None:
    candidates = [(await own_stack.core.accepted())["id"] for _ in range(5)]
    async with waiting(own_stack.core, candidates * 4) as waits:
        await own_stack.api.stop()
        entries = await asyncio.gather(*waits)
    await own_stack.api.start()

    assert [entry["id"] for entry in entries] == candidates * 4
    assert {entry["state"] for entry in entries} <= {"new", "prompted"}
    assert await own_stack.core.candidate(candidates[0])


async def test_low_file_limit_reduces_only_the_places_to_wait(own_stack: Stack) -> None:
    candidate = await own_stack.core.accepted()
    places = OPEN_FILES // 2
    async with edge_with_few_files(own_stack) as core, waiting(core, [candidate["id"]] * places) as waits:
        full = await core.http.get(f"/candidate/{candidate['id']}", params={"wait": LONGEST})
        plain = await core.http.get(f"/candidate/{candidate['id']}")
        waits[0].cancel()
        await until_waiting(core, places - 1)
        async with waiting(core, [candidate["id"]]) as (late,):
            await own_stack.run_of(candidate["id"]).signal("withdraw", WITHDRAWAL)

            assert (await late)["state"] == "expired"

    assert (full.status_code, full.headers["Retry-After"]) == (429, "5")
    assert "wait" in full.json()["detail"]
    assert plain.status_code == 200


async def test_wait_for_a_run_that_temporal_ended_at_a_limit_gets_the_reason(tmp_path: Path) -> None:
    async with running_stack(tmp_path, MOST_EVENTS="60") as stack:
        candidate = await stack.core.accepted()
        run = stack.run_of(candidate["id"])

        async def terminated() -> bool:
            with suppress(RPCError):
                await run.signal("retry_callback")
            return (await run.describe()).status is WorkflowExecutionStatus.TERMINATED

        await until(terminated)
        entry = await stack.core.waited(candidate["id"], LONGEST)

    assert entry["ended"] == {"by": "engine", "reason": "Workflow history count exceeds limit."}
    assert entry["decision"] is None


@asynccontextmanager
async def unhinted_edge(stack: Stack) -> AsyncIterator[tuple[Core, str]]:
    """Runs an edge that listens to a Redis without publishers; also yields its URL."""
    elsewhere = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    valkey = valkey_process(elsewhere)
    await valkey.start()
    try:
        async with another_edge(stack, **elsewhere) as http, Core(str(http.base_url), CORE_SECRET) as core:
            yield core, elsewhere["REDIS_URL"]
    finally:
        await valkey.kill()


@asynccontextmanager
async def edge_with_few_files(stack: Stack) -> AsyncIterator[Core]:
    """Runs an edge with a low limit of open files that it cannot raise."""
    port = str(free_port())
    command = ["sh", "-c", f"ulimit -n {OPEN_FILES}; exec {sys.executable} -m api"]
    url = f"http://127.0.0.1:{port}"
    process = Process(command, {**stack.environment, "PORT": port}, lambda: answers(f"{url}/healthz"))
    try:
        await process.start()
        async with Core(url, CORE_SECRET) as core:
            yield core
    finally:
        await process.kill()
