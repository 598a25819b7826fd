"""A send that Temporal dispatched to a worker that died before it read the poll's answer."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollActivityTaskQueueRequest, PollActivityTaskQueueResponse

from domain.identifiers import TASK_QUEUE
from domain.temporal_names import ActivityType
from tests.harness.core import Changes
from tests.harness.phone import Owner
from tests.harness.stack import Stack, running_stack
from tests.harness.workflow_worker import workflow_worker

LATEST = {"whatsapp": 25, "imessage": 80}
"""The seconds within which docs/reliability.md promises a prompt, without the machine's delay."""


async def swallowed(stack: Stack) -> PollActivityTaskQueueResponse:
    """Takes the next activity, like a worker that is killed before it reads the poll's answer."""
    request = PollActivityTaskQueueRequest(
        namespace=stack.client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE, kind=TaskQueueKind.TASK_QUEUE_KIND_NORMAL),
        identity="lost",
    )
    while True:
        given = await stack.client.workflow_service.poll_activity_task_queue(request, timeout=timedelta(seconds=30))
        if given.task_token:
            return given


@pytest.mark.timeout(300)
async def test_prompt_whose_send_was_lost_is_late_by_its_own_limit_and_a_few_seconds(tmp_path: Path) -> None:
    async def is_late(channel: str) -> None:
        (folder := tmp_path / channel).mkdir()
        async with running_stack(folder) as gateway:
            await gateway.worker.kill()
            await _is_late_by_its_own_limit(gateway, channel)

    await asyncio.gather(*map(is_late, LATEST))


async def _is_late_by_its_own_limit(gateway: Stack, channel: str) -> None:
    owner = Owner()
    only: Changes = {"owner_imessage": None} if channel == "whatsapp" else {"owner_whatsapp": None}
    other = {"whatsapp": "photon.send", "imessage": "twilio.messages"}[channel]
    await gateway.phone.fault(other, status=400, code=21211)
    async with workflow_worker(gateway):
        candidate = await gateway.core.accepted(owner, **only)
        taken = [await asyncio.wait_for(swallowed(gateway), 60) for _ in range(2)]
        taken_at = time.time()
    assert {activity.activity_type.name for activity in taken} == {ActivityType.SEND_MESSAGE}

    await gateway.worker.start()
    prompt = await gateway.phone.until_prompted(channel, candidate["id"], within=200)

    assert prompt["text"].splitlines()[1].startswith("(repeated, ")
    assert prompt["at"] - taken_at < LATEST[channel]
    await gateway.phone.says(channel, owner, f"approve {candidate['id']}")
    assert (await gateway.phone.until_decided(candidate["id"]))["decision"] == "approved"
