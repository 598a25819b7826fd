"""Temporal's credentials are rotated while owners answer, in the order of docs/security.md."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from domain.engine_states import EngineState
from tests.faults.test_rotation import MixedTraffic, balancer, more_than
from tests.harness.authorizer import authorizing, by_key
from tests.harness.processes import Process, free_port, until
from tests.harness.stack import CORE_SECRET, Stack, api_process, worker_process
from tests.harness.tls import Authority, terminating


@dataclass
class Replicas:
    """Two workers and two edges, and the traffic that they serve."""

    workers: list[Process]
    edges: list[Process]
    traffic: MixedTraffic
    logs: list[str] = field(default_factory=list)
    """The logs of the stopped processes."""

    async def restart(self) -> None:
        """Restarts the workers in turn, then the edges, and also any that ended for new files."""
        for process in (*self.workers, *self.edges):
            await process.stop()
            self.logs.append(process.output)
            await process.start()

    async def end(self) -> None:
        for process in (*self.workers, *self.edges):
            await process.kill()
            self.logs.append(process.output)

    @property
    def refusals(self) -> list[str]:
        """The requests that were refused, except those that a slow machine explains."""
        of_callers = [refused for refused in self.traffic.refused if not refused.endswith("503")]
        met = [line for log in self.logs for line in log.splitlines() if "engine_unavailable" in line]
        return of_callers + [line for line in met if json.loads(line)["state"] != EngineState.SLOW]

    async def decide_more(self) -> None:
        so_far = len(self.traffic.decided)
        await until(lambda: more_than(self.traffic.decided, so_far + 5), within=90)


@asynccontextmanager
async def serving(stack: Stack, settings: Mapping[str, str]) -> AsyncIterator[Replicas]:
    """Runs replicas instead of the stack's own processes; checks that no request is refused."""
    ports = [free_port(), free_port()]
    public = int(stack.environment["PORT"])
    both = {**stack.environment, **settings}
    workers = [worker_process(both) for _ in ports]
    edges = [api_process({**both, "PORT": str(port)}) for port in ports]
    replicas = Replicas(workers, edges, MixedTraffic(stack, CORE_SECRET, every_sec=2))
    await asyncio.gather(stack.api.stop(), stack.worker.stop())
    try:
        await asyncio.gather(*(process.start() for process in (*workers, *edges)))
        async with balancer(public, ports), replicas.traffic.flowing():
            yield replicas
    finally:
        await replicas.end()
    assert replicas.refusals == []


@pytest.mark.timeout(420)
async def test_key_is_rotated_and_nothing_is_lost(own_stack: Stack, tmp_path: Path) -> None:
    secret = tmp_path / "temporal_api_key"
    secret.write_text("old")
    async with authorizing(own_stack.environment["TEMPORAL_ADDRESS"], {"old": "default:write"}) as authorizer:
        settings = {**by_key(authorizer, ""), "SECRETS_DIR": str(tmp_path)}
        async with serving(own_stack, settings) as replicas:
            await replicas.decide_more()
            authorizer.claims["new"] = "default:write"
            secret.write_text("new")
            await replicas.restart()
            del authorizer.claims["old"]
            await replicas.decide_more()


@pytest.mark.timeout(420)
async def test_certificates_and_both_authorities_are_rotated_and_nothing_is_lost(
    own_stack: Stack, tmp_path: Path
) -> None:
    target = int(own_stack.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    clients_of_old, clients_of_new = Authority(tmp_path, "clients-old"), Authority(tmp_path, "clients-new")
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(old.file.read_bytes())
    client = clients_of_old.issue("client")
    settings = {
        "TEMPORAL_ADDRESS": f"127.0.0.1:{(port := free_port())}",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(trusted),
        "TEMPORAL_TLS_CLIENT_CERT_PATH": str(client.certificate),
        "TEMPORAL_TLS_CLIENT_KEY_PATH": str(client.key),
    }
    async with AsyncExitStack() as servers:

        async def serve(by: Authority, clients_of: Authority) -> None:
            await servers.aclose()
            server = terminating(target, by.issue("server"), clients_of=clients_of, protocol="h2", port=port)
            await servers.enter_async_context(server)

        await serve(old, clients_of_old)
        async with serving(own_stack, settings) as replicas:
            await replicas.decide_more()
            clients_of_old.file.write_bytes(clients_of_old.file.read_bytes() + clients_of_new.file.read_bytes())
            await serve(old, clients_of_old)
            trusted.write_bytes(old.file.read_bytes() + new.file.read_bytes())
            clients_of_new.issue("client")
            await replicas.restart()
            await serve(new, clients_of_new)
            trusted.write_bytes(new.file.read_bytes())
            await replicas.restart()
            await replicas.decide_more()
