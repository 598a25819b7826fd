"""A changed workflow is deployed while candidates wait, with the commands of docs/deploys.md."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import VersioningBehavior
from temporalio.client import WorkflowHandle

from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID
from tests.harness.core import CandidateBody
from tests.harness.manual import Manual
from tests.harness.phone import Owner
from tests.harness.processes import REPOSITORY, Process, until
from tests.harness.stack import Stack, running_stack, worker_process

CODE = ("activities", "adapters", "domain", "engine", "worker", "workflows")
BY_NEW_CODE = " (by new code)"

TRIED: set[str] = set()
"""The commands of the manual that the tests ran."""


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Runs a gateway whose own worker has no version."""
    async with running_stack(tmp_path_factory.mktemp("deploys")) as stack:
        yield stack


@pytest.fixture
def new_code(tmp_path: Path) -> Path:
    """Copies the code, with one more command for new candidates and another text in receipts."""
    for folder in CODE:
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    asking = "        prompting = [\n"
    more = [
        '        if workflow.patched("begun-by-new-code"):\n',
        '            workflow.upsert_memo({"begun_by": "new code"})\n',
    ]
    _change(tmp_path / "workflows/approval.py", asking, "".join([*more, asking]))
    text = "text=outcomes.receipt(*told, to_decider=receipt.to_decider)"
    _change(tmp_path / "domain/conversation/handed_receipts.py", text, f"{text} + {BY_NEW_CODE!r}")
    return tmp_path


def _change(module: Path, before: str, after: str) -> None:
    text = module.read_text(encoding="utf-8")
    assert text.count(before) == 1
    module.write_text(text.replace(before, after), encoding="utf-8")


def version(gateway: Stack, build_id: str, code: Path = REPOSITORY, *, pinned: bool = False) -> Process:
    versioning = "pinned" if pinned else "auto_upgrade"
    return worker_process({**gateway.environment, "WORKER_BUILD_ID": build_id, "WORKER_VERSIONING": versioning}, code)


@asynccontextmanager
async def running(*workers: Process) -> AsyncIterator[None]:
    async with AsyncExitStack() as processes:
        for worker in workers:
            processes.push_async_callback(worker.kill)
            await worker.start()
        yield


async def operator(gateway: Stack, heading: str, number: int = 0, **build_ids: str) -> None:
    """Runs a command of the manual, and repeats it until Temporal knows the version in it."""
    manual = Manual("docs/deploys.md", {**gateway.environment, **build_ids}, tried=TRIED)

    async def succeeded() -> bool:
        code, _ = await manual.attempt(heading, number)
        return code == 0

    await until(succeeded, every=0.3)


async def prompted(gateway: Stack, owner: Owner) -> CandidateBody:
    candidate = await gateway.core.accepted(owner)
    for channel in ("whatsapp", "imessage"):
        await gateway.phone.until_prompted(channel, candidate["id"])
    await gateway.core.until_state(candidate["id"], "prompted")
    return candidate


async def parked(gateway: Stack, owner: Owner) -> CandidateBody:
    candidate = await prompted(gateway, owner)
    await gateway.phone.fault("core.decisions", match=candidate["id"], times=1, status=410)
    await gateway.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await gateway.core.until_callback(candidate["id"], "parked")
    return candidate


async def approved_on(
    gateway: Stack, candidate: CandidateBody, owner: Owner, build_id: str, *, by_new_code: bool
) -> None:
    """Approves a candidate; checks its only prompt and decision, its version and its receipt."""
    await gateway.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await asyncio.wait_for(gateway.run_of(candidate["id"]).result(), timeout=30)
    (decision,) = await gateway.phone.decisions(candidate["id"])
    assert (decision["decision"], decision["decider"]) == ("approved", owner.whatsapp)
    assert await build_of(gateway.run_of(candidate["id"])) == build_id
    receipt = await gateway.phone.until_message("imessage", owner, "no answer any more")
    assert receipt["text"].endswith(BY_NEW_CODE) == by_new_code
    assert len(await gateway.phone.prompts("whatsapp", candidate["id"])) == 1


async def build_of(run: WorkflowHandle[Any, Any]) -> str:
    info = (await run.describe()).raw_description.workflow_execution_info
    return str(info.versioning_info.deployment_version.build_id)


async def is_pinned(run: WorkflowHandle[Any, Any]) -> bool:
    """Returns whether a run stays on its version.

    An override takes precedence over the behavior of the worker that ran it last.
    """
    info = (await run.describe()).raw_description.workflow_execution_info.versioning_info
    if info.HasField("versioning_override"):
        return info.versioning_override.HasField("pinned")
    return info.behavior == VersioningBehavior.VERSIONING_BEHAVIOR_PINNED


async def until_overridden(gateway: Stack, candidate: CandidateBody) -> None:
    """Waits for the batch that an operator started."""

    async def overridden() -> bool:
        info = (await gateway.run_of(candidate["id"]).describe()).raw_description.workflow_execution_info
        return info.versioning_info.HasField("versioning_override")

    await until(overridden)


async def begun_by_new_code(gateway: Stack, candidate: CandidateBody) -> bool:
    return "begun_by" in await (await gateway.run_of(candidate["id"]).describe()).memo()


async def test_waiting_candidates_continue_on_new_code_and_can_be_kept_there_after_a_rollback(
    gateway: Stack, new_code: Path
) -> None:
    """Versions go from none to the first, to the second, back to the first, and back to none."""
    owners = [Owner() for _ in range(7)]
    old, new = version(gateway, "1.0"), version(gateway, "2.0", new_code)
    unversioned = await prompted(gateway, owners[0])
    async with running(old, new):
        await operator(gateway, "Deploy a version", NEW="1.0")
        await gateway.worker.stop()
        waiting, at_core = await asyncio.gather(prompted(gateway, owners[1]), parked(gateway, owners[2]))
        assert await build_of(gateway.run_of(waiting["id"])) == "1.0"

        await operator(gateway, "Deploy a version", NEW="2.0")
        await old.stop()
        begun, kept = await asyncio.gather(prompted(gateway, owners[3]), prompted(gateway, owners[4]))
        for candidate, owner in ((unversioned, owners[0]), (waiting, owners[1]), (begun, owners[3])):
            await approved_on(gateway, candidate, owner, "2.0", by_new_code=True)
            assert await begun_by_new_code(gateway, candidate) == (candidate is begun)
        await gateway.run_of(at_core["id"]).signal("retry_callback")
        await gateway.core.until_callback(at_core["id"], "delivered")

        await old.start()
        await operator(gateway, "Roll back", 0, NEW="2.0")
        await until_overridden(gateway, kept)
        await operator(gateway, "Roll back", 1, OLD="1.0")
        fresh, last = await asyncio.gather(*(prompted(gateway, owner) for owner in owners[5:]))
        await approved_on(gateway, fresh, owners[5], "1.0", by_new_code=False)
        await approved_on(gateway, kept, owners[4], "2.0", by_new_code=True)

        await gateway.worker.start()
        await operator(gateway, "Turn versions off")
        await old.stop()
        await approved_on(gateway, last, owners[6], "", by_new_code=False)


async def test_pinned_candidates_end_on_old_code_unless_an_operator_moves_them(gateway: Stack, new_code: Path) -> None:
    await gateway.worker.kill()  # otherwise an early candidate could begin without a version
    owners = [Owner() for _ in range(4)]
    old, new = version(gateway, "3.0", pinned=True), version(gateway, "4.0", new_code, pinned=True)
    async with running(old, new):
        await operator(gateway, "Deploy a version", NEW="3.0")
        ends, moved = await asyncio.gather(*(prompted(gateway, owner) for owner in owners[:2]))
        at_core = await parked(gateway, owners[2])
        await operator(gateway, "Try it on a part first", NEW="4.0")
        await operator(gateway, "Deploy a version", NEW="4.0")
        begun = await prompted(gateway, owners[3])
        await approved_on(gateway, ends, owners[0], "3.0", by_new_code=False)
        await approved_on(gateway, begun, owners[3], "4.0", by_new_code=True)

        assert not await is_pinned(gateway.client.get_workflow_handle(PHOTON_SUBSCRIPTION_WORKFLOW_ID))
        assert await is_pinned(gateway.run_of(moved["id"]))
        await operator(gateway, "Retire a version", OLD="3.0")
        await operator(gateway, "Move pinned candidates on", OLD="3.0")
        for candidate in (moved, at_core):
            await until_overridden(gateway, candidate)
        await old.stop()
        await approved_on(gateway, moved, owners[1], "4.0", by_new_code=True)
        await gateway.run_of(at_core["id"]).signal("retry_callback")
        await gateway.core.until_callback(at_core["id"], "delivered")


async def test_every_command_of_the_document_was_run_except_those_of_containers(gateway: Stack) -> None:
    manual = Manual("docs/deploys.md", gateway.environment, tried=TRIED)
    described = await manual.run_inline("temporal worker deployment describe --name approval-gateway")

    assert "approval-gateway" in described
    assert manual.untried == [*manual.scripts("Roll over"), *manual.scripts("The image")]
