"""Workers that take what is due, as Temporal knows them."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config.settings import Settings
from domain.identifiers import DEPLOYMENT, TASK_QUEUE
from engine.task_queues import KINDS, TaskQueueState, task_queue_state
from tools.doctor.findings import LONGEST_REQUEST, Finding, ok, problem, warning

_LONGEST_BACKLOG = timedelta(minutes=1)


async def workers(client: Client, _: Settings) -> list[Finding]:
    states = await asyncio.gather(*(task_queue_state(client, kind, datetime.now(UTC)) for kind in KINDS))
    return [
        finding
        for kind, state in zip(KINDS, states, strict=True)
        for finding in (_pollers(kind, state), _backlog(kind, state))
    ]


def _pollers(kind: str, state: TaskQueueState) -> Finding:
    if state.pollers:
        return ok(f"temporal.workers.{kind}", f"{state.pollers} polling {TASK_QUEUE}")
    says = f"no worker asks for {kind} tasks: nothing is sent, no deadline is kept"
    return problem(f"temporal.workers.{kind}", says, "python -m worker, with this TEMPORAL_NAMESPACE")


def _backlog(kind: str, state: TaskQueueState) -> Finding:
    says = f"{state.backlog} waiting"
    if state.backlog:
        says += f", the oldest for {state.backlog_age.total_seconds():.0f} s"
    if state.backlog_age <= _LONGEST_BACKLOG:
        return ok(f"temporal.backlog.{kind}", says)
    return warning(f"temporal.backlog.{kind}", says, "run more workers, and see what the worker's log says")


async def version(client: Client, settings: Settings) -> list[Finding]:
    """Compare what is current with what this environment's workers say that they are."""
    mine, current = settings.worker_build_id, await _current_version(client)
    set_current = "temporal worker deployment set-current-version --deployment-name " + DEPLOYMENT
    if mine == current:
        return [ok("temporal.version", f"{current} is current" if current else "workers have no versions")]
    if mine and not current:
        says = f"WORKER_BUILD_ID is {mine}, and no version is current: its workers are given nothing"
        return [problem("temporal.version", says, f"{set_current} --build-id {mine}")]
    if not mine:
        says = f"version {current} is current, and workers without WORKER_BUILD_ID are given nothing"
        return [problem("temporal.version", says, f"set WORKER_BUILD_ID, or {set_current} --unversioned")]
    says = f"WORKER_BUILD_ID is {mine}, and {current} is current: new candidates go there"
    return [warning("temporal.version", says, f"{set_current} --build-id {mine}, when it is to take over")]


async def _current_version(client: Client) -> str | None:
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        described = await client.workflow_service.describe_worker_deployment(request, timeout=LONGEST_REQUEST)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described.worker_deployment_info.routing_config.current_deployment_version.build_id or None
