"""Makes sure that one workflow keeps the sidecar's subscription alive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.common import AutoUpgradeVersioningOverride, WorkflowIDConflictPolicy
from temporalio.service import RPCError

from domain.errors import EngineUnavailableError
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID, TASK_QUEUE
from engine.calls import engine_call
from workflows.photon_subscription import PhotonSubscriptionWorkflow

_PERIOD = timedelta(seconds=30)

log = structlog.get_logger()


@asynccontextmanager
async def kept_subscribed(client: Client, *, on: bool) -> AsyncIterator[None]:
    """Starts the workflow, and starts it again if it ends while entered; does nothing unless `on`.

    A worker of an earlier version without a sidecar ends the workflow, and so can an operator by
    mistake.
    """
    if not on:
        yield
        return
    await _start(client)
    keeping = asyncio.create_task(_keep(client))
    try:
        yield
    finally:
        keeping.cancel()


async def _keep(client: Client) -> None:
    while True:
        await asyncio.sleep(_PERIOD.total_seconds())
        await _start(client)


async def _start(client: Client) -> None:
    """Starts the workflow unless it is running.

    It is not pinned: it never ends while it is needed, and would keep the workers of its first
    version running forever.
    """
    try:
        async with engine_call():
            await client.start_workflow(
                PhotonSubscriptionWorkflow.run,
                id=PHOTON_SUBSCRIPTION_WORKFLOW_ID,
                task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                versioning_override=AutoUpgradeVersioningOverride(),
                static_summary="keeps the sidecar's subscription alive",
            )
    except EngineUnavailableError:
        return  # it is logged already
    except RPCError as error:
        log.warning("subscription_not_started", reason=error.status.name)
