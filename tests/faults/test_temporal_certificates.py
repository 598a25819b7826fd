"""Certificates for Temporal are renewed on disk; a proxy terminates TLS for the server."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.temporal.certificates import RESTART, Renewal
from domain.engine_states import EngineState
from tests.faults.test_refused_certificates import doctor, port_of, said
from tests.harness.core import Core
from tests.harness.phone import Owner
from tests.harness.processes import Process, free_port, run_python, until
from tests.harness.stack import CORE_SECRET, Stack, api_process, standalone_process, worker_process
from tests.harness.tls import Authority, Files, terminating
from tests.harness.tls_door import door

SHORT = timedelta(seconds=75)
REPLICAS = 20


def variables(authority: Authority, client: Files, **changes: str) -> dict[str, str]:
    return {
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.file),
        "TEMPORAL_TLS_CLIENT_CERT_PATH": str(client.certificate),
        "TEMPORAL_TLS_CLIENT_KEY_PATH": str(client.key),
        **changes,
    }


@pytest.mark.timeout(400)
async def test_processes_end_with_one_line_before_their_certificate_expires_and_restart_with_the_new_one(
    own_stack: Stack, tmp_path: Path
) -> None:
    await own_stack.worker.kill()
    authority, port = Authority(tmp_path), free_port()
    temporal_port = int(own_stack.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])
    async with terminating(temporal_port, authority.issue("server"), clients_of=authority, protocol="h2") as proxy:
        client = authority.issue("client", lasts=SHORT)
        expires = datetime.now(UTC) + SHORT
        settings = {
            **own_stack.environment,
            **variables(authority, client, TEMPORAL_ADDRESS=f"127.0.0.1:{proxy}", PORT=str(port)),
        }
        alone = {**settings, "PORT": str(free_port())}
        processes = [
            worker_process(settings),
            api_process(settings),
            standalone_process(alone),
        ]
        try:
            await asyncio.gather(*(process.start() for process in processes))
            await decided(own_stack, port)
            authority.issue("client")

            await until(lambda: all(process.ended_by_itself for process in processes), within=300)
            assert datetime.now(UTC) < expires
            for ended in processes:
                assert ended.exit_code == RESTART
                [line] = lines(ended, "temporal_certificates_renewed")
                assert datetime.fromisoformat(line["used_expires_at"]) <= expires
                assert "Traceback" not in ended.output
                await ended.kill()

            await asyncio.gather(*(process.start() for process in processes))
            await until(lambda: datetime.now(UTC) > expires, within=SHORT.total_seconds())
            await decided(own_stack, port)
        finally:
            for process in processes:
                await process.kill()
            await own_stack.worker.start()


@pytest.mark.timeout(400)
async def test_doctor_says_to_restart_a_worker_whose_certificate_was_renewed_on_disk_and_is_refused(
    own_stack: Stack, tmp_path: Path
) -> None:
    await own_stack.worker.kill()
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    async with door(port_of(own_stack), old.issue("server"), old) as entrance:
        client = old.issue("client", lasts=timedelta(days=365))
        settings = {**own_stack.environment, **entrance.settings(client), "PUBLIC_BASE_URL": ""}
        worker = worker_process(settings)

        async def found() -> dict[str, str]:
            return (await doctor(settings))["temporal.workers.workflow"]

        try:
            await worker.start()
            await until(lambda: "worker_ready" in worker.output)
            assert (await found())["health"] == "ok"
            new.issue("client")
            entrance.clients_of = new
            entrance.cut()
            advice = await until(found, lambda finding: finding["health"] == "problem", within=200)
            assert "certificate was renewed" in advice["fix"]
            assert advice["fix"].endswith("restart it")
            assert said(worker, EngineState.FOREIGN_CERTIFICATE)
            assert not worker.ended_by_itself

            await worker.restart()
            await until(found, lambda finding: finding["health"] == "ok")
        finally:
            await worker.kill()
            await own_stack.worker.start()


async def decided(stack: Stack, port: int) -> None:
    owner = Owner()
    async with Core(f"http://127.0.0.1:{port}", CORE_SECRET) as core:
        candidate = await core.accepted(owner)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


def lines(process: Process, event: str) -> list[dict[str, str]]:
    return [line for line in map(json.loads, process.output.splitlines()) if line["event"] == event]


async def test_replicas_end_one_by_one_within_the_first_half_of_the_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, lasts = Authority(tmp_path), timedelta(seconds=20)
    client = authority.issue("client", lasts=lasts)
    renewed_at = datetime.now(UTC)
    for name, value in variables(authority, client).items():
        monkeypatch.setenv(name, value)
    ends: list[datetime] = []
    replicas = [Renewal() for _ in range(REPLICAS)]
    authority.issue("client")

    await asyncio.gather(*(replica.follow(lambda: ends.append(datetime.now(UTC))) for replica in replicas))

    assert all(replica.is_due for replica in replicas)
    assert max(ends) - min(ends) > timedelta(seconds=2), "together"
    assert min(ends) < renewed_at + lasts / 2


ENDS_BY_ITSELF = """
import asyncio, signal
from worker.stopping import told_to_stop

async def main():
    stop, handled = told_to_stop(), asyncio.Event()
    stop.set()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, handled.set)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGUSR1)
    await handled.wait()
    print("finishes what runs")

asyncio.run(main())
"""


async def test_platforms_signal_does_not_cut_off_a_process_that_ends_for_new_certificates() -> None:
    assert await run_python("-c", ENDS_BY_ITSELF, environment={}) == (0, "finishes what runs\n")
