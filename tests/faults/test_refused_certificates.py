"""Refused or expired certificates between gateway and Temporal: each process names the fault."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.engine_states import EngineState
from tests.harness.edges import another_edge
from tests.harness.processes import Process, free_port, run_python, until
from tests.harness.scrape import scrape
from tests.harness.stack import Stack, api_process, worker_process
from tests.harness.tls import Authority, Files
from tests.harness.tls_door import Door, door

LASTS = timedelta(seconds=90)
TRIES = 3
"""The most attempts of one connection.

`setup_temporal` makes hundreds in the minute in which it waits for a server that starts.
"""
ENDS = "gateway_client_certificate_ends_timestamp_seconds"
BEGINS = "gateway_client_certificate_begins_timestamp_seconds"


def port_of(stack: Stack) -> int:
    return int(stack.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])


def said(process: Process, state: EngineState) -> list[dict[str, Any]]:
    """Returns the lines that name a state; fails if the log contains a traceback."""
    assert "Traceback" not in process.output
    return [line for line in lines(process) if line["event"] == "engine_unavailable" and line["state"] == state]


def lines(process: Process) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.output.splitlines()]


async def doctor(settings: Mapping[str, str]) -> dict[str, dict[str, str]]:
    _, output = await run_python("-m", "tools.doctor", "--json", environment=settings)
    return {finding["check"]: finding for finding in json.loads(output)["findings"]}


async def ready(settings: Mapping[str, str]) -> tuple[int, str]:
    async with httpx.AsyncClient(timeout=15) as http:
        answer = await http.get(f"http://127.0.0.1:{settings['PORT']}/readyz")
    return answer.status_code, answer.json()["dependencies"]["temporal"]


async def state_of_certificate(settings: Mapping[str, str]) -> str:
    async with httpx.AsyncClient(timeout=15) as http:
        answer = await http.get(f"http://127.0.0.1:{settings['PORT']}/readyz")
    assert answer.is_success
    return str(answer.json()["dependencies"]["client_certificate"])


@pytest.mark.parametrize("state", [EngineState.NO_CERTIFICATE, EngineState.FOREIGN_CERTIFICATE])
async def test_worker_api_and_doctor_say_why_they_are_refused_from_the_start(
    stack: Stack, tmp_path: Path, state: EngineState
) -> None:
    authority = Authority(tmp_path)
    client = None if state is EngineState.NO_CERTIFICATE else Authority(tmp_path, "stranger").issue("client")
    async with door(port_of(stack), authority.issue("server"), authority) as entrance:
        settings = {**stack.environment, **entrance.settings(client), "PUBLIC_BASE_URL": ""}
        worker = Process.python("-m", "worker", environment=settings, ready=f'"{state}"')
        entrance.lost = 2
        try:
            await worker.start()
            async with another_edge(stack, **entrance.settings(client), PUBLIC_BASE_URL="") as edge:
                answer = await until(lambda: edge.get("/readyz"), lambda answer: state.traits.words in answer.text)
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
                assert (
                    f'gateway_engine_unavailable_total{{state="{state}"}} 0\n' not in (await edge.get("/metrics")).text
                )
            assert len(said(worker, state)) == 1
        finally:
            await worker.kill()
        connection = (await doctor(settings))["temporal.connection"]

    assert connection["health"] == "problem"
    assert state.traits.words in connection["says"]


@pytest.mark.timeout(400)
async def test_certificate_that_is_refused_or_expires_while_api_and_worker_run_is_named(
    stack: Stack, tmp_path: Path
) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    async with door(port_of(stack), authority.issue("server"), authority) as entrance:
        client, ends = authority.issue("client", lasts=LASTS), datetime.now(UTC) + LASTS
        ports = {"PORT": str(free_port()), "METRICS_PORT": str(free_port())}
        settings = {**stack.environment, **entrance.settings(client), **ports, "PUBLIC_BASE_URL": ""}
        worker, api = worker_process(settings), api_process(settings)
        try:
            await asyncio.gather(worker.start(), api.start())
            await until(lambda: ready(settings), lambda answer: answer == (httpx.codes.OK, "ok"))
            for port in ports.values():
                scraped = await scrape(f"http://127.0.0.1:{port}/metrics")
                assert abs(scraped.value(ENDS) - ends.timestamp()) < LASTS.total_seconds()
                assert scraped.value(BEGINS) < scraped.value(ENDS)
            certificate = (await doctor(settings))["temporal.certificate"]
            assert certificate["health"] == "warning"
            words, _, left = certificate["says"].rpartition(", ")
            assert left == "in 0 days"
            assert await state_of_certificate(settings) == words
            for process in (worker, api):
                [warned] = [line["what"] for line in lines(process) if line["event"] == "temporal_certificate_expires"]
                assert warned == words

            entrance.clients_of = stranger
            entrance.cut()
            await until_named(worker, api, settings, EngineState.FOREIGN_CERTIFICATE)

            entrance.clients_of = authority
            await until(lambda: datetime.now(UTC) > ends, within=2 * LASTS.total_seconds())
            entrance.cut()
            await until_named(worker, api, settings, EngineState.EXPIRED_CERTIFICATE)
            for process in (worker, api):
                (line,) = said(process, EngineState.EXPIRED_CERTIFICATE)
                assert line["reason"].startswith("the client certificate expired at ")
                assert not process.ended_by_itself

            entrance.server = stranger.issue("new server")
            entrance.cut()
            await until_named(worker, api, settings, EngineState.UNTRUSTED_SERVER)
        finally:
            await worker.kill()
            await api.kill()


async def until_named(worker: Process, api: Process, settings: Mapping[str, str], state: EngineState) -> None:
    """Waits until both report and count it; a worker checks its connection every 15 s."""
    expected = httpx.codes.SERVICE_UNAVAILABLE, state.traits.words
    await until(lambda: ready(settings), lambda answer: answer == expected, within=60)
    await until(lambda: bool(said(worker, state)), within=120)
    assert len(said(api, state)) == 1
    for port in ("PORT", "METRICS_PORT"):
        scraped = await scrape(f"http://127.0.0.1:{settings[port]}/metrics")
        assert scraped.value("gateway_engine_unavailable_total", state=state) > 0


async def test_setup_ends_at_once_if_waiting_cannot_help(stack: Stack, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    server, client = authority.issue("server"), authority.issue("client")
    rows: list[tuple[Files, Files | None, EngineState]] = [
        (server, None, EngineState.NO_CERTIFICATE),
        (server, stranger.issue("foreign"), EngineState.FOREIGN_CERTIFICATE),
        (stranger.issue("another"), client, EngineState.UNTRUSTED_SERVER),
        (authority.issue("renamed", host="temporal.example.com"), client, EngineState.UNTRUSTED_SERVER),
    ]
    async with door(port_of(stack), server, authority) as entrance:
        for entrance.server, own, state in rows:
            entrance.refused = 0
            code, output = await set_up(stack, entrance, own)
            assert (code, output.count("\n")) == (1, 1), output
            assert output.startswith(f"The namespace could not be prepared: {state.traits.words}: ")
            assert entrance.refused <= TRIES


async def test_setup_waits_for_a_server_that_starts_behind_its_proxy(stack: Stack, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with door(free_port(), authority.issue("server"), authority) as entrance:
        running = asyncio.create_task(set_up(stack, entrance, authority.issue("client")))
        await until(lambda: entrance.accepted > 5)
        assert not running.done()
        entrance.target = port_of(stack)
        code, output = await running

    assert code == 0, output


async def set_up(stack: Stack, entrance: Door, client: Files | None) -> tuple[int, str]:
    settings = {**stack.environment, **entrance.settings(client)}
    return await run_python("-m", "tools.setup_temporal", environment=settings)
