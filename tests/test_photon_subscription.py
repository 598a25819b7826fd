"""The gateway subscribes to the sidecar by itself, and stays subscribed."""

from datetime import timedelta
from uuid import uuid4

from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID, TASK_QUEUE
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from tests.harness.stack import PHOTON_SECRET, Stack, worker_process
from workflows.photon_subscription import PhotonSubscriptionWorkflow


async def test_worker_subscribes_with_the_edges_url_and_the_sidecars_secret(stack: Stack) -> None:
    async def subscribed() -> object:
        return (await stack.phone.http.get("/control/photon/subscription")).json()

    assert await until(subscribed) == {
        "webhookUrl": f"{stack.gateway_url}/webhooks/imessage",
        "webhookHeaders": {"Authorization": f"Bearer {PHOTON_SECRET}"},
    }


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
    query = "WorkflowType = 'PhotonSubscriptionWorkflow' AND ExecutionStatus = 'Running'"
    assert [run.id async for run in stack.client.list_workflows(query)] == [PHOTON_SUBSCRIPTION_WORKFLOW_ID]


async def test_sidecar_that_restarted_is_subscribed_to_again(skipping: SkippingGateway) -> None:
    with skipping.env.with_time_skipping_disabled():
        run = await skipping.env.client.start_workflow(
            PhotonSubscriptionWorkflow.run, id=f"photon-subscription-{uuid4().hex}", task_queue=TASK_QUEUE
        )

    async def subscription() -> object:
        return (await skipping.phone.http.get("/control/photon/subscription")).json()

    try:
        first = await until(subscription)
        await skipping.phone.http.post("/control/photon/restart")
        assert await subscription() is None
        await skipping.env.fast_forward(run, timedelta(seconds=31))
        assert await until(subscription) == first
    finally:
        await run.terminate()
