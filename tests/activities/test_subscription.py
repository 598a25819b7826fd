"""The gateway subscribes to the sidecar, stays subscribed, and forwards messages that it missed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.subscription import SubscriptionActivities
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID, TASK_QUEUE
from domain.temporal_names import WorkflowType
from tests.harness import stack as harness
from tests.harness.asking import answer_to, asked, skipped
from tests.harness.keys import secret
from tests.harness.operator import until_retried
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from tests.harness.stack import PHOTON_SECRET, Stack, worker_process
from workflows.photon_subscription import PhotonSubscriptionWorkflow

pytestmark = pytest.mark.faults

OLD, NEW = secret("old"), secret("new")
Run = WorkflowHandle[PhotonSubscriptionWorkflow, None]


@pytest.fixture(autouse=True)
async def read_mac(shared_stack: Stack) -> None:
    """Marks other tests' messages as read; otherwise each catch-up would forward all of them."""
    (await shared_stack.phone.http.post("/control/photon/read")).raise_for_status()


def right_subscription(stack: Stack) -> dict[str, Any]:
    return {
        "webhookUrl": harness.load(stack.environment).imessage_webhook_url,
        "webhookHeaders": {"Authorization": f"Bearer {PHOTON_SECRET}"},
    }


async def started(stack: Stack) -> Run:
    return await stack.client.start_workflow(
        PhotonSubscriptionWorkflow.run, id=f"photon-subscription-{uuid4().hex}", task_queue=TASK_QUEUE
    )


@asynccontextmanager
async def another_run(stack: Stack) -> AsyncIterator[Run]:
    """Renews at once, in addition to the run that renews every 30 s."""
    run = await started(stack)
    try:
        yield run
    finally:
        await run.terminate()


async def renewals(run: Run) -> int:
    return sum(
        event.HasField("activity_task_completed_event_attributes") for event in (await run.fetch_history()).events
    )


async def test_worker_subscribes_with_the_edges_url_and_the_sidecars_secret(stack: Stack) -> None:
    async def subscribed() -> object:
        return (await stack.phone.http.get("/control/photon/subscription")).json()

    subscription = await until(subscribed)

    assert subscription == right_subscription(stack)
    assert str(subscription["webhookUrl"]).startswith(f"{stack.gateway_url}/webhooks/imessage?k=")


def test_another_secret_is_another_url_which_does_not_tell_it() -> None:
    """A sidecar compares only the URL, and would keep a header that is rejected."""
    one, same, other = (
        harness.load(harness.environment(PUBLIC_BASE_URL="https://x.example", PHOTON_WEBHOOK_SECRET=secrets))
        for secrets in (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}")
    )

    assert one.imessage_webhook_url == same.imessage_webhook_url
    assert one.imessage_webhook_url != other.imessage_webhook_url
    assert OLD[:8] not in one.imessage_webhook_url


async def test_one_run_has_the_duty_however_many_workers_there_are(stack: Stack) -> None:
    handle = stack.client.get_workflow_handle(PHOTON_SUBSCRIPTION_WORKFLOW_ID)
    before = await handle.describe()
    second_worker = worker_process(stack.environment)
    try:
        await second_worker.start()
        after = await handle.describe()
    finally:
        await second_worker.kill()

    assert after.run_id == before.run_id
    query = f"WorkflowType = '{WorkflowType.PHOTON_SUBSCRIPTION}' AND ExecutionStatus = 'Running'"
    assert [run.id async for run in stack.client.list_workflows(query)] == [PHOTON_SUBSCRIPTION_WORKFLOW_ID]


async def test_sidecar_that_restarted_or_has_anothers_subscription_is_subscribed_to_again(
    skipping: SkippingGateway,
) -> None:
    with skipping.env.with_time_skipping_disabled():
        run = await skipping.env.client.start_workflow(
            PhotonSubscriptionWorkflow.run, id=f"photon-subscription-{uuid4().hex}", task_queue=TASK_QUEUE
        )
    of_the_predecessor = {"webhookUrl": skipping.settings.imessage_webhook_url.partition("?")[0], "webhookHeaders": {}}

    async def subscription() -> object:
        return (await skipping.phone.http.get("/control/photon/subscription")).json()

    try:
        first = await until(subscription)
        await skipping.phone.http.post("/control/photon/restart")
        assert await subscription() is None
        await skipping.env.fast_forward(run, timedelta(seconds=31))
        assert await until(subscription) == first

        await skipping.phone.http.post("/photon/watch/start", json=of_the_predecessor)
        assert await subscription() == of_the_predecessor
        await skipping.env.fast_forward(run, timedelta(seconds=31))
        await until(subscription, lambda shown: shown == first)
    finally:
        await run.terminate()


async def test_readyz_tells_that_replies_are_refused_until_one_is_taken(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)

    async def imessage() -> str:
        return str((await stack.core.http.get("/readyz")).json()["dependencies"]["imessage"])

    refused = await stack.phone.says("imessage", owner, f"approve {candidate['id']}", secret="of the predecessor")
    while_refused = await imessage()
    taken = await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    assert (refused.statuses, taken.statuses) == ([401], [200])
    assert while_refused.startswith("delivers with a wrong secret: ")
    assert await imessage() == "ok"


async def test_worker_without_a_sidecar_leaves_the_subscription_to_those_who_have_one(stack: Stack) -> None:
    without = worker_process({**stack.environment, "PHOTON_BASE_URL": "", "PHOTON_WEBHOOK_SECRET": ""})
    runs: list[Run] = []
    try:
        await without.start()
        runs = [await started(stack) for _ in range(8)]

        async def all_renewed() -> bool:
            return all([await renewals(run) for run in runs])

        await until(all_renewed)
        statuses = {(await run.describe()).status for run in runs}
    finally:
        await without.kill()
        for run in runs:
            await run.terminate()

    assert statuses == {WorkflowExecutionStatus.RUNNING}


async def test_subscription_ends_where_no_worker_has_had_a_sidecar_for_long() -> None:
    renew = SubscriptionActivities(None).renew_subscription

    async def at_attempt(number: int) -> bool:
        environment = ActivityEnvironment()
        environment.info = replace(ActivityEnvironment.default_info(), attempt=number)
        return bool(await environment.run(renew))

    for early in (1, 100):
        with pytest.raises(ApplicationError) as postponed:
            await at_attempt(early)
        assert not postponed.value.non_retryable
    assert not await at_attempt(1000)


async def test_what_came_while_nobody_was_subscribed_is_caught_up_each_once(stack: Stack) -> None:
    """Messages are forwarded in the order of writing, except those over a day old.

    Some were delivered before.
    """
    heard, unheard, late = Owner(), Owner(), Owner()
    candidates = [await asked(stack, "imessage", owner) for owner in (heard, unheard, late)]
    await answer_to(stack, "imessage", heard, "help", "yes = post it")
    await stack.phone.http.post("/control/photon/restart")
    old = (datetime.now(UTC) - timedelta(hours=25)).isoformat()

    nobody = await stack.phone.says("imessage", late, f"skip {candidates[2]['id']}", timestamp=old)
    await stack.phone.says("imessage", unheard, f"approve {candidates[1]['id']}")
    await stack.phone.says("imessage", unheard, f"skip {candidates[1]['id']}")
    assert nobody.statuses == [None]
    async with another_run(stack) as run:
        await until(lambda: renewals(run))
    await stack.phone.http.post("/control/photon/restart")
    async with another_run(stack) as run:
        await until(lambda: renewals(run))

    assert (await stack.phone.until_decided(candidates[1]["id"]))["decision"] == "approved"
    assert await skipped(stack, "imessage", heard, candidates[0])
    assert [d["decision"] for d in await stack.phone.decisions(candidates[2]["id"])] == []
    assert await skipped(stack, "imessage", late, candidates[2])
    await stack.phone.until_message("imessage", heard, "Skipped: ")
    assert sum("yes = post it" in text for text in await stack.phone.texts("imessage", heard)) == 1


async def test_subscription_that_failed_to_catch_up_does_so_when_it_is_tried_again(stack: Stack, owner: Owner) -> None:
    candidate = await asked(stack, "imessage", owner)
    await stack.phone.http.post("/control/photon/restart")
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")
    await stack.api.stop()
    try:
        async with another_run(stack) as run:
            await until_retried(run)
            await stack.api.start()
            assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
    finally:
        if not stack.api.is_running:
            await stack.api.start()
