"""GET /candidate/{id}?wait= answers with the decision, or with the state when the time is over."""

import asyncio
import time

import pytest

from tests.harness.core import Core, draft
from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.scrape import scrape
from tests.harness.stack import CORE_SECRET, Stack
from tests.harness.waits import LONGEST, metrics_url, reads, until_waiting, waiting, waiting_count

WITHDRAWAL = {"operator": "ann"}
ROUTE = "/candidate/{candidate_id}"


async def test_wait_is_answered_with_the_decision_as_soon_as_there_is_one(stack: Stack, owner: Owner) -> None:
    decided, undecided = await stack.core.accepted(owner), await stack.core.accepted()
    await stack.core.until_state(decided["id"], "prompted")
    async with waiting(stack.core, [decided["id"], undecided["id"]]) as (first, other):
        await stack.phone.says("whatsapp", owner, f"edit {decided['id']}: mine")
        entry = await first

        assert not other.done(), "it was the end of the wait that answered"
        assert (entry["state"], entry["final_text"], entry["decider"]) == ("edited", "mine", owner.whatsapp)
        assert entry["ended"] is None
        assert entry == {**await stack.core.candidate(decided["id"]), "callback": entry["callback"]}


async def test_wait_without_a_decision_ends_with_what_is(stack: Stack) -> None:
    candidate = await stack.core.accepted()
    began = time.monotonic()

    entry = await stack.core.waited(candidate["id"], 1)

    assert time.monotonic() - began >= 1
    assert entry["state"] in {"new", "prompted"}
    assert (entry["decision"], entry["ended"]) == (None, None)


async def test_nothing_is_waited_for_where_nothing_comes(stack: Stack) -> None:
    """Decided and unknown candidates and HEAD are answered while another request waits."""
    decided, undecided = await stack.core.accepted(), await stack.core.accepted()
    await stack.run_of(decided["id"]).signal("withdraw", WITHDRAWAL)
    await stack.core.until_state(decided["id"], "expired")
    longest = {"wait": LONGEST}
    async with waiting(stack.core, [undecided["id"]]) as (other,):
        entry = await stack.core.waited(decided["id"], LONGEST)
        unknown = await stack.core.http.get("/candidate/cr_never_posted", params=longest, timeout=70)
        head = await stack.core.http.head(f"/candidate/{undecided['id']}", params=longest, timeout=70)

        assert not other.done()
        assert entry["state"] == "expired"
        assert (unknown.status_code, head.status_code) == (404, 200)


@pytest.mark.parametrize("wait", ["51", "-1", "soon", "1.5", ""])
async def test_wait_that_is_none_is_refused_by_name(stack: Stack, wait: str) -> None:
    response = await stack.core.http.get("/candidate/cr_never_posted", params={"wait": wait})

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "wait"]


async def test_run_that_an_operator_terminated_is_answered_at_once_and_says_so(stack: Stack) -> None:
    candidate = await stack.core.accepted()
    before = await stack.core.candidate(candidate["id"])
    await stack.run_of(candidate["id"]).terminate(reason="posted by mistake")

    entry = await stack.core.waited(candidate["id"], LONGEST)

    assert entry["ended"] == {"by": "operator", "reason": "posted by mistake"}
    assert entry["state"] in {before["state"], "prompted"}
    assert entry["decision"] is None
    assert (await stack.core.post(candidate)).json()["status"] == "duplicate"
    assert (await scrape(metrics_url(stack.core))).value("gateway_wait_seconds_sum", end="decided") < LONGEST


async def test_run_that_is_terminated_within_a_wait_is_found_at_its_end(stack: Stack) -> None:
    """No hint announces a termination."""
    candidate = await stack.core.accepted()
    async with waiting(stack.core, [candidate["id"]], 2) as (wait,):
        await stack.run_of(candidate["id"]).terminate(reason="wrong brand")
        assert (await wait)["ended"] == {"by": "operator", "reason": "wrong brand"}


async def test_those_who_wait_for_one_candidate_share_a_read(stack: Stack) -> None:
    candidate = await stack.core.accepted()
    async with another_edge(stack) as http, Core(str(http.base_url), CORE_SECRET) as core:
        waits = [asyncio.create_task(core.waited(candidate["id"], LONGEST)) for _ in range(20)]
        await until_waiting(core, len(waits))
        before = await reads(core)
        await stack.run_of(candidate["id"]).signal("withdraw", WITHDRAWAL)
        entries = await asyncio.gather(*waits)
        after = await reads(core)

    assert {entry["state"] for entry in entries} == {"expired"}
    assert after - before <= 2, "one for the hint, and one for that of a second attempt to deliver"


async def test_client_that_hangs_up_gives_its_place_back(stack: Stack) -> None:
    candidate = await stack.core.accepted()
    before = await waiting_count(stack.core) or 0
    async with waiting(stack.core, [candidate["id"]] * 3) as waits:
        waits[0].cancel()
        await until_waiting(stack.core, before + 2)

    await until_waiting(stack.core, before)


async def test_waits_are_counted_apart_from_other_requests(stack: Stack) -> None:
    candidate = await stack.core.accepted()
    count, name = "http_request_duration_seconds_count", "gateway_wait_seconds_count"
    before = await scrape(metrics_url(stack.core))

    await stack.core.waited(candidate["id"], 1)

    after = await scrape(metrics_url(stack.core))
    assert after.value(count, handler=ROUTE) == before.value(count, handler=ROUTE)
    assert after.value(count, handler=f"{ROUTE}?wait") == before.value(count, handler=f"{ROUTE}?wait") + 1
    assert after.value(name, end="time_over") == before.value(name, end="time_over") + 1
    assert (await stack.core.post(draft())).status_code == 202
