"""`python -m tools.dev`: everything on one machine; what it says of a taken port is in tests/tools/test_dev.py."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.harness.core import Core, draft
from tests.harness.phone import Owner, Phone
from tests.harness.processes import REPOSITORY, free_port, run_python, until
from tools.dev import PORTS

PARTS = {"temporal", "valkey", "simulator", "worker", "api"}
DEVELOPMENT_SECRET = "development-only-core-secret-0123456789"
STOPPED_WITHIN = 30


@dataclass
class Development:
    process: asyncio.subprocess.Process
    log: Path
    ports: dict[str, str]

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def groups(self) -> dict[str, int]:
        """Return the process group of each part."""
        return {name: int(pid) for name, pid in re.findall(r"(\w+) started \(pid=(\d+)\)", self.output)}

    async def ended(self) -> int:
        """Wait for its end, and give its exit code; nothing that it started may be left."""
        code = await asyncio.wait_for(self.process.wait(), STOPPED_WITHIN)
        assert set(self.groups) == PARTS
        assert [name for name, group in self.groups.items() if is_alive(group)] == []
        return code


def is_alive(group: int) -> bool:
    """Whether a process of the group runs; one that ended and was not waited for does not."""
    listing = ["ps", "-A", "-o", "pgid=,stat="]
    processes = subprocess.run(listing, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return any(line.split()[0] == str(group) and "Z" not in line for line in processes.splitlines())


def servers(group: int) -> list[int]:
    """Return the Valkey servers of a group, without what started them."""
    listing = ["ps", "-A", "-o", "pid=,pgid=,comm="]
    processes = subprocess.run(listing, check=True, capture_output=True, text=True).stdout  # noqa: S603
    found = [line.split() for line in processes.splitlines()]
    return [int(pid) for pid, of, name, *_ in found if of == str(group) and name.startswith("valkey")]


@asynccontextmanager
async def development(folder: Path) -> AsyncIterator[tuple[Development, Core, Phone]]:
    """Run everything on free ports, with its data in a folder; a developer's own WORKER_BUILD_ID has no effect."""
    ports = {port: str(free_port()) for port in PORTS}
    log = folder / "output.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.dev"),
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), "WORKER_BUILD_ID": "1.0", **ports},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    running = Development(process, log, ports)
    urls = [f"http://localhost:{ports[name]}" for name in ("PORT", "SIMULATOR_PORT")]
    try:
        async with Core(urls[0], DEVELOPMENT_SECRET) as core, Phone(urls[1]) as phone:
            yield running, core, phone
    finally:
        for group in [process.pid, *running.groups.values()]:
            if is_alive(group):
                os.killpg(group, signal.SIGKILL)
        await process.wait()


async def test_development_outlives_a_redis_that_is_frozen_for_a_while(tmp_path: Path) -> None:
    async with development(tmp_path) as (running, core, phone):
        await until(lambda: "worker_started" in running.output and "api_started" in running.output)
        [server] = servers(running.groups["valkey"])
        os.kill(server, signal.SIGSTOP)
        await until(lambda: core.http.get("/readyz"), lambda ready: ready.json()["dependencies"]["redis"] != "ok")
        candidate = draft(Owner())
        assert (await core.post(candidate)).status_code == HTTPStatus.ACCEPTED
        os.kill(server, signal.SIGCONT)

        await phone.until_prompted("whatsapp", candidate["id"])
        assert running.process.returncode is None
        running.process.send_signal(signal.SIGINT)
        await running.ended()


async def test_development_runs_everything_keeps_its_data_and_stops_as_one(tmp_path: Path) -> None:
    async with development(tmp_path) as (running, core, phone):
        await until(lambda: "worker_started" in running.output and "api_started" in running.output)
        gateway = f"http://localhost:{running.ports['PORT']}"
        code, output = await run_python("tools/seed_candidate.py", "--url", gateway, environment={})
        assert code == 0, output
        candidate_id = output.partition(":")[0]
        prompt = await phone.until_prompted("whatsapp", candidate_id)
        reply = {"channel": "whatsapp", "sender": prompt["address"], "text": "approve " + candidate_id}
        (await phone.http.post("/control/replies", json=reply)).raise_for_status()
        assert (await phone.until_decided(candidate_id))["decision"] == "approved"
        for name in ("PORT", "SIMULATOR_PORT", "TEMPORAL_UI_PORT", "METRICS_PORT"):
            assert f"http://localhost:{running.ports[name]}" in running.output
        assert DEVELOPMENT_SECRET in running.output.split()
        schemas = (await core.http.get("/openapi.json")).json()["components"]["schemas"]
        first_try = await core.post(schemas["CandidateIn"]["examples"][0])
        assert (first_try.status_code, first_try.json()["status"]) == (202, "accepted")

        running.process.send_signal(signal.SIGINT)
        await running.ended()

    async with development(tmp_path) as (running, core, phone):

        async def known() -> dict[str, object] | None:
            return await core.candidate(candidate_id) if "api_started" in running.output else None

        assert (await until(known, within=40))["state"] == "approved"
        assert (await phone.until_decided(candidate_id))["decision"] == "approved"
        os.killpg(running.groups["valkey"], signal.SIGKILL)
        assert await running.ended() != 0
