"""Temporal answers too late, or limits the gateway's calls: each process says which, and waits."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.engine_states import EngineState
from tests.harness.authorizer import authorizing, by_key
from tests.harness.core import Core, draft
from tests.harness.processes import Process, free_port, until
from tests.harness.scrape import scrape
from tests.harness.stack import CORE_SECRET, Stack, api_process, running_stack, temporal_process, worker_process

MANY = 16
FOREVER = timedelta(hours=1)


async def counted(metrics_url: str, state: EngineState) -> float:
    return (await scrape(metrics_url)).value("gateway_engine_unavailable_total", state=state)


def said(process: Process, event: str) -> list[dict[str, Any]]:
    """Returns the lines of an event; fails if the log contains a traceback."""
    assert "Traceback" not in process.output
    lines = [json.loads(line) for line in process.output.splitlines()]
    return [line for line in lines if line["event"] == event]


async def is_named_at_readyz(core: Core, state: EngineState) -> bool:
    """Returns whether /readyz names the state; fails if the api is not ready."""
    ready = await core.http.get("/readyz")
    assert ready.status_code == httpx.codes.OK
    return bool(ready.json()["dependencies"]["temporal"] == state.traits.words)


def assert_refused(response: httpx.Response, state: EngineState) -> None:
    assert response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(response.headers["Retry-After"]) == state.traits.retry_after.total_seconds()
    assert response.json()["detail"] == state.traits.words


@pytest.mark.timeout(400)
async def test_burst_over_the_rate_limit_is_refused_and_named_and_nothing_is_lost(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.temporal.kill()
        limited = temporal_process({**stack.environment, "CALLS_PER_SEC": "1"}, tmp_path)
        candidates = [draft() for _ in range(MANY)]
        try:
            await limited.start()
            await until(lambda: is_named_at_readyz(stack.core, EngineState.THROTTLED), within=120)
            posted = await asyncio.gather(*map(stack.core.post, candidates))
            for metrics in (f"{stack.gateway_url}/metrics", stack.worker_metrics_url):
                await until(partial(counted, metrics, EngineState.THROTTLED), within=120)
        finally:
            await limited.kill()
        await stack.temporal.start()
        again = await until(lambda: asyncio.gather(*map(stack.core.post, candidates)), all_accepted, within=120)
        for candidate in candidates:
            await stack.phone.until_prompted("whatsapp", candidate["id"], within=120)

    refused = [answer for answer in posted if answer.status_code != httpx.codes.ACCEPTED]
    assert len(refused) > MANY // 2
    for answer in refused:
        assert_refused(answer, EngineState.THROTTLED)
    assert {answer.json()["status"] for answer in again} <= {"accepted", "duplicate"}
    for process in (stack.api, stack.worker):
        states = {line["state"]: line["reason"] for line in said(process, "engine_unavailable")}
        assert "rate limit exceeded" in states[EngineState.THROTTLED]


def all_accepted(answers: list[httpx.Response]) -> bool:
    return all(answer.status_code == httpx.codes.ACCEPTED for answer in answers)


async def test_slow_temporal_is_named_and_waited_for(stack: Stack) -> None:
    async with authorizing(stack.environment["TEMPORAL_ADDRESS"], {"key": "default:write"}) as proxy:
        settings = {**stack.environment, **by_key(proxy, "key"), **ports(), "PUBLIC_BASE_URL": ""}
        url, worker_metrics = [f"http://127.0.0.1:{settings[port]}" for port in ("PORT", "METRICS_PORT")]
        worker, api = worker_process(settings), api_process(settings)
        try:
            await asyncio.gather(worker.start(), api.start())
            async with Core(url, CORE_SECRET) as core:
                await core.accepted()
                proxy.delay = FOREVER
                assert_refused(await core.post(draft()), EngineState.SLOW)
                await until(lambda: is_named_at_readyz(core, EngineState.SLOW))
                for metrics in (url, worker_metrics):
                    await until(partial(counted, f"{metrics}/metrics", EngineState.SLOW), within=120)

                proxy.delay = timedelta()
                await until(lambda: core.post(draft()), lambda answer: answer.status_code == httpx.codes.ACCEPTED)
                for process in (api, worker):
                    await until(partial(is_over, core, process), within=120)
        finally:
            await worker.kill()
            await api.kill()

    for process in (api, worker):
        (line,) = said(process, "engine_unavailable")
        assert (line["state"], line["what"]) == (EngineState.SLOW, EngineState.SLOW.traits.words)
        (over,) = said(process, "engine_available")
        assert over["after"] == [EngineState.SLOW]


def ports() -> Mapping[str, str]:
    return {"PORT": str(free_port()), "METRICS_PORT": str(free_port())}


async def is_over(core: Core, process: Process) -> bool:
    await core.http.get("/readyz")
    return bool(said(process, "engine_available"))
