"""The versions to which Temporal sends candidates, and whether their workers ask for tasks."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from temporalio.api.deployment.v1 import RoutingConfig
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config.settings import Settings
from domain.identifiers import DEPLOYMENT
from engine.task_queues import polling_builds
from tools.doctor.findings import LONGEST_REQUEST, Finding, ok, problem, warning

_NAME = "temporal.version"
_SET_CURRENT = f"temporal worker deployment set-current-version --deployment-name {DEPLOYMENT}"
_UNVERSIONED = ""


async def version(client: Client, settings: Settings) -> list[Finding]:
    """Compares Temporal's routing with the workers that poll.

    Kubernetes may set WORKER_BUILD_ID for workers only, so that without one here nothing is wrong.
    """
    asked = polling_builds(client, "workflow", datetime.now(UTC))
    shares, polling = await asyncio.gather(_shares(client), asked)
    own = settings.worker_build_id
    if not any(shares):
        return [_none_is_current(own, polling)]
    says = _routing(shares)
    if polling and (absent := [build for build, share in shares.items() if share and build not in polling]):
        says += f", and no worker {_of(absent[0])} asks for tasks, so these candidates wait"
        return [problem(_NAME, says, f"start workers {_of(absent[0])}, or run {_SET_CURRENT} {_option(min(polling))}")]
    if own and not shares.get(own):
        says = f"WORKER_BUILD_ID is {own}, but {says}: new candidates do not go to {own}"
        return [warning(_NAME, says, f"run {_SET_CURRENT} --build-id {own} to send them there")]
    return [ok(_NAME, says)]


def _none_is_current(own: str | None, polling: Collection[str]) -> Finding:
    idle = own or next(iter(sorted(build for build in polling if build)), None)
    if idle is None:
        return ok(_NAME, "workers have no versions")
    if own is None and _UNVERSIONED in polling:
        return ok(
            _NAME, f"no version is current: workers without WORKER_BUILD_ID get all tasks, workers of {idle} none"
        )
    says = f"no version is current: workers whose WORKER_BUILD_ID is {idle} get no tasks"
    return problem(_NAME, says, f"run {_SET_CURRENT} --build-id {idle}")


def _routing(shares: dict[str, float]) -> str:
    (current, _), *ramping = shares.items()
    says = f"{current} is current" if current else "no version is current"
    return says + "".join(f"; {share:g} % of the candidates go to workers {_of(build)}" for build, share in ramping)


def _of(build: str) -> str:
    return f"of {build} (WORKER_BUILD_ID)" if build else "without WORKER_BUILD_ID"


def _option(build: str) -> str:
    return f"--build-id {build}" if build else "--unversioned"


async def _shares(client: Client) -> dict[str, float]:
    """Returns the percentage for each build id, the current version's first; "" is no version."""
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
    try:
        described = await client.workflow_service.describe_worker_deployment(request, timeout=LONGEST_REQUEST)
        routing = described.worker_deployment_info.routing_config
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        routing = RoutingConfig()
    ramp = routing.ramping_version_percentage
    shares = {routing.current_deployment_version.build_id: 100 - ramp}
    if ramp:
        shares[routing.ramping_deployment_version.build_id] = ramp
    return shares
