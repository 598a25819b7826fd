"""Metrics while their sources are down, and after the restart of a worker."""

import asyncio
import time

import httpx

from tests.harness.edges import another_edge
from tests.harness.phone import Owner
from tests.harness.processes import run_python, until
from tests.harness.scrape import READ_ELSEWHERE, Scrape, complete_scrape, scrape
from tests.harness.stack import CORE_SECRET, Stack


async def asked_and_answered(edge: httpx.AsyncClient) -> Scrape:
    began = time.monotonic()
    scraped = await scrape(f"{edge.base_url}/metrics")
    assert time.monotonic() - began < 5, "it takes 1.5 s on an idle machine"
    return scraped


async def test_worker_that_takes_over_counts_nothing_again(own_stack: Stack) -> None:
    """The worker replays the history of each candidate; a prompt of several parts counts once."""
    owner = Owner()
    candidate = await own_stack.core.accepted(owner, proposed_text="word " * 580)
    for channel in ("whatsapp", "imessage"):
        await own_stack.phone.until_prompted(channel, candidate["id"])
    first = await until(
        lambda: scrape(own_stack.worker_metrics_url),
        lambda scraped: scraped.value("gateway_prompts_total", result="sent") >= 2,
    )
    await own_stack.worker.restart()
    await own_stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await own_stack.core.until_callback(candidate["id"], "delivered")
    await own_stack.run_of(candidate["id"]).result()
    second = await scrape(own_stack.worker_metrics_url)

    assert first.value("gateway_prompts_total", channel="whatsapp") == 1
    assert second.value("gateway_prompts_total", channel="whatsapp") == 0
    assert second.value("gateway_slot_wait_seconds_count") == 0
    assert second.value("gateway_decisions_total") == 1
    assert second.value("gateway_decisions_total", outcome="approved", decided_by="whatsapp") == 1


async def test_scrape_works_without_the_metrics_of_temporal_and_redis_during_their_outage(own_stack: Stack) -> None:
    async with another_edge(own_stack) as edge:
        own_stack.temporal.freeze()
        own_stack.valkey.freeze()
        try:
            during, _ = await asyncio.gather(
                asked_and_answered(edge),
                edge.get("/candidate/cr_1", headers={"Authorization": f"Bearer {CORE_SECRET}"}),
            )

            async def counted() -> bool:
                failed = await scrape(f"{edge.base_url}/metrics")
                return all(
                    failed.value("gateway_redis_errors_total", operation=operation) > 0
                    for operation in ("count_client", "read_memory")
                )

            await until(counted)
        finally:
            own_stack.temporal.thaw()
            own_stack.valkey.thaw()

        await complete_scrape(str(edge.base_url))
    assert not any(map(during.has, READ_ELSEWHERE))
    assert during.has("gateway_candidates_total")
    assert during.has("http_requests_total")


async def test_worker_counts_what_redis_did_not_do(own_stack: Stack) -> None:
    own_stack.valkey.freeze()
    try:
        await own_stack.core.accepted(Owner())
        await until(
            lambda: scrape(own_stack.worker_metrics_url),
            lambda failed: failed.value("gateway_redis_errors_total", operation="ask_slot") > 0,
        )
    finally:
        own_stack.valkey.thaw()


async def test_port_that_is_taken_stops_the_worker_with_the_settings_name(own_stack: Stack) -> None:
    port = own_stack.worker_metrics_url.removesuffix("/metrics").rpartition(":")[2]

    code, output = await run_python("-m", "worker", environment={**own_stack.environment, "METRICS_PORT": port})

    assert code == 1
    assert output.startswith(f"HOST, METRICS_PORT: cannot listen on port {port}")
