"""`python -m tools.dev` runs everything on one machine.

Its message for a taken port is tested in tests/tools/test_dev.py.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
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
    def shown(self) -> str:
        """Returns the output without colors."""
        return re.sub(r"\x1b\[\d*m", "", self.output).replace("\r\n", "\n")

    @property
    def groups(self) -> dict[str, int]:
        """Returns the process group of each part."""
        return {name: int(pid) for name, pid in re.findall(r"(\w+) started \(pid=(\d+)\)", self.output)}

    async def ended(self) -> int:
        """Returns the exit code once it has ended; fails if one of its processes still runs."""
        code = await asyncio.wait_for(self.process.wait(), STOPPED_WITHIN)
        assert set(self.groups) == PARTS
        assert [name for name, group in self.groups.items() if is_alive(group)] == []
        return code


def is_alive(group: int) -> bool:
    """Returns whether a process of the group runs; zombies do not count."""
    listing = ["ps", "-A", "-o", "pgid=,stat="]
    processes = subprocess.run(listing, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return any(line.split()[0] == str(group) and "Z" not in line for line in processes.splitlines())


def servers(group: int) -> list[int]:
    """Returns the Valkey servers of a group, without their parent processes."""
    listing = ["ps", "-A", "-o", "pid=,pgid=,comm="]
    processes = subprocess.run(listing, check=True, capture_output=True, text=True).stdout  # noqa: S603
    found = [line.split() for line in processes.splitlines()]
    return [int(pid) for pid, of, name, *_ in found if of == str(group) and name.startswith("valkey")]


@contextmanager
def terminal(log: Path) -> Iterator[int]:
    """Yields a terminal whose text goes to a file."""
    shown, written = os.openpty()
    loop = asyncio.get_running_loop()
    with log.open("ab", buffering=0) as output:
        loop.add_reader(shown, lambda: output.write(os.read(shown, 65_536)))
        try:
            yield written
        finally:
            loop.remove_reader(shown)
            os.close(written)
            os.close(shown)


@contextmanager
def file(log: Path) -> Iterator[int]:
    with log.open("ab") as output:
        yield output.fileno()


@asynccontextmanager
async def development(
    folder: Path, output_to: Callable[[Path], AbstractContextManager[int]] = file
) -> AsyncIterator[tuple[Development, Core, Phone]]:
    """Runs everything on free ports, with its data in a folder.

    The WORKER_BUILD_ID that it passes must have no effect.
    """
    ports = {port: str(free_port()) for port in PORTS}
    log = folder / f"{ports['PORT']}.log"
    with output_to(log) as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.dev"),
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data"), "WORKER_BUILD_ID": "1.0", **ports},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        async with followed(process, log, ports) as running:
            yield running


@asynccontextmanager
async def followed(
    process: asyncio.subprocess.Process, log: Path, ports: dict[str, str]
) -> AsyncIterator[tuple[Development, Core, Phone]]:
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


async def test_development_survives_a_redis_that_is_frozen_for_a_while(tmp_path: Path) -> None:
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
        await commands_run_with_the_file(running, tmp_path / "data/dev.env")
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
        assert "A process ended by itself" in running.output.splitlines()[-1]


async def commands_run_with_the_file(running: Development, file: Path) -> None:
    """Sources the file in an empty shell, as a newcomer does, and runs documented commands."""
    assert f". {file} && python tools/seed_candidate.py" in running.output
    commands = "python tools/seed_candidate.py && python -m tools.candidates list && python -m tools.doctor"
    process = await asyncio.create_subprocess_exec(
        *("sh", "-ec", f". '{file}'; {commands}; temporal workflow list"),
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "HOME": str(file.parent)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    assert re.search(r"^ok: \d+, warning: 0, problem: 0", output, re.MULTILINE), output


async def test_terminal_shows_one_colored_line_per_event_and_no_server_output(tmp_path: Path) -> None:
    async with development(tmp_path, terminal) as (running, core, phone):
        await until(lambda: "worker_started" in running.output and "api_started" in running.output)
        await phone.fault("twilio.messages", status=400, code=21211)
        await phone.fault("photon.send", drop=True, times=1)
        await phone.fault("core.decisions", status=500, times=1)
        candidate = draft(Owner())
        assert (await core.post(candidate)).status_code == HTTPStatus.ACCEPTED
        refused = "reason='SendRefused: Twilio answered 400, error 21211: the number is invalid'"
        dropped = "reason='SendOutcomeUnknown: sidecar: no answer (RemoteProtocolError)'"
        await until(lambda: refused in running.shown and dropped in running.shown)
        assert (await core.http.delete(f"/candidate/{candidate['id']}")).is_success
        await until(lambda: "reason='CallbackPostponed: core answered 500'" in running.shown)
        await phone.until_decided(candidate["id"])

        running.process.send_signal(signal.SIGINT)
        assert await running.ended() == 0

    welcome, lines = running.shown.split("\n system ", maxsplit=1)
    for line in f" system {lines}".splitlines():
        assert re.match(
            r" \w+ +\| (\d\d:\d\d:\d\d \[\w+ *\] \w+|.* (started|stopped|received)|sending SIGTERM)", line
        ), line
    assert len(welcome.split("\n\n")[1].strip().splitlines()) == 5
    assert "\x1b[" in running.output
