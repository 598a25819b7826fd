"""`python -m tools.doctor` on a Temporal that refuses it, and on the versions of workers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import workflow
from temporalio.api.workflowservice.v1 import (
    RegisterNamespaceRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from domain.engine_states import EngineState
from domain.identifiers import DEPLOYMENT, TASK_QUEUE
from tests.harness.processes import until
from tests.harness.refusals import refusing
from tests.harness.stack import Stack, environment, load
from tools.doctor import temporal_checks, version_check
from tools.doctor.engine_findings import FIXES
from tools.doctor.findings import Finding, Health

STATES = {
    RPCStatusCode.UNAVAILABLE: EngineState.AWAY,
    RPCStatusCode.RESOURCE_EXHAUSTED: EngineState.THROTTLED,
    RPCStatusCode.UNAUTHENTICATED: EngineState.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED: EngineState.FORBIDDEN,
    RPCStatusCode.NOT_FOUND: EngineState.NO_NAMESPACE,
    RPCStatusCode.INTERNAL: EngineState.REFUSING,
}
SYSTEM_INFO, NAMESPACE = 1, 2
"""How many requests pass before all others fail: the SDK's first, and the namespace's too."""


async def found() -> dict[str, Finding]:
    return {finding.check: finding async for finding in temporal_checks.check(load(environment()))}


def test_every_state_of_temporal_has_a_fix() -> None:
    assert FIXES.keys() == set(EngineState)


@pytest.mark.parametrize(("status", "state"), STATES.items(), ids=lambda value: value.name)
@pytest.mark.parametrize("passed", [0, SYSTEM_INFO, NAMESPACE], ids=["connection", "namespace", "later"])
async def test_refusal_is_a_problem_in_the_words_of_log_and_readyz(
    monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode, state: EngineState, passed: int
) -> None:
    async with refusing(status, passed=passed) as refusals:
        monkeypatch.setenv("TEMPORAL_ADDRESS", refusals.address)
        findings = await found()

    check = {
        0: "temporal.connection",
        SYSTEM_INFO: "temporal.connection" if state is EngineState.AWAY else "temporal.namespace",
        NAMESPACE: "temporal.parked",
    }[passed]
    assert findings[check].health is Health.PROBLEM
    assert findings[check].says.startswith(state.traits.words)
    assert findings[check].fix == FIXES[state]


async def test_read_only_key_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """An authorizer can let such a key connect and describe the namespace."""
    async with refusing(RPCStatusCode.PERMISSION_DENIED, passed=NAMESPACE) as refusals:
        monkeypatch.setenv("TEMPORAL_ADDRESS", refusals.address)
        findings = await found()

    assert findings["temporal.key"].health is Health.PROBLEM
    assert findings["temporal.key"].says.startswith(EngineState.FORBIDDEN.traits.words)


@workflow.defn(versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class Idle:
    @workflow.run
    async def run(self) -> None:
        """Returns at once."""


@asynccontextmanager
async def namespace(stack: Stack) -> AsyncIterator[Client]:
    """Yields a namespace without workers and versions."""
    name = f"versions-{uuid4().hex[:6]}"
    kept = Duration(seconds=int(timedelta(days=1).total_seconds()))
    register = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=kept)
    await stack.client.workflow_service.register_namespace(register)
    client = Client(stack.client.service_client, namespace=name)

    async def is_known() -> bool:
        await version_check.version(client, load(environment()))
        return True

    await until(is_known)
    yield client


def worker_of(client: Client, build_id: str) -> Worker:
    config = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, build_id or "none"), use_worker_versioning=bool(build_id)
    )
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Idle],
        deployment_config=config,
        workflow_runner=UnsandboxedWorkflowRunner(),
        identity=f"worker of {build_id}",
    )


async def route(client: Client, current: str, ramping: str, percentage: int) -> None:
    """Sets the versions as in docs/deploys.md, as soon as Temporal knows them."""

    async def routed() -> bool:
        try:
            if current:
                request = SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace, deployment_name=DEPLOYMENT, build_id=current, allow_no_pollers=True
                )
                await client.workflow_service.set_worker_deployment_current_version(request)
            if ramping:
                ramp = SetWorkerDeploymentRampingVersionRequest(
                    namespace=client.namespace,
                    deployment_name=DEPLOYMENT,
                    build_id=ramping,
                    percentage=percentage,
                    allow_no_pollers=True,
                )
                await client.workflow_service.set_worker_deployment_ramping_version(ramp)
        except RPCError:
            return False
        return True

    await until(routed)


@pytest.mark.parametrize(
    ("polling", "current", "ramping", "own", "health", "words"),
    [
        ([""], "", "", "", "ok", "workers have no versions"),
        (["A"], "", "", "", "problem", "no version is current: workers whose WORKER_BUILD_ID is A get no tasks"),
        (["", "A"], "", "", "", "ok", "workers of A none"),
        (["A"], "A", "", "", "ok", "A is current"),
        (["A"], "A", "", "A", "ok", "A is current"),
        (["A", "B"], "A", "", "B", "warning", "WORKER_BUILD_ID is B, but A is current"),
        (["A", "B"], "A", "B", "A", "ok", "A is current; 50 % of the candidates go to workers of B"),
        (["A", "B"], "A", "B", "", "ok", "A is current; 50 % of the candidates go to workers of B"),
        (["A"], "A", "B", "A", "problem", "no worker of B (WORKER_BUILD_ID) asks for tasks"),
        (["B"], "A", "B 100", "B", "ok", "A is current; 100 % of the candidates go to workers of B"),
        (["A", "B"], "A", "B 100", "A", "warning", "new candidates do not go to A"),
        (["B"], "A", "", "B", "problem", "no worker of A (WORKER_BUILD_ID) asks for tasks"),
        ([""], "A", "", "", "problem", "no worker of A (WORKER_BUILD_ID) asks for tasks"),
    ],
)
async def test_versions_are_reported_as_temporal_routes_to_them(
    stack: Stack, polling: Sequence[str], current: str, ramping: str, own: str, health: str, words: str
) -> None:
    """A ramp is 50 % unless another percentage follows its build id."""
    async with namespace(stack) as client, AsyncExitStack() as workers:
        for build_id in polling:
            await workers.enter_async_context(worker_of(client, build_id))
        build_id, _, percentage = ramping.partition(" ")
        await route(client, current, build_id, int(percentage or 50))
        settings = load(environment(WORKER_BUILD_ID=own))

        async def told() -> Finding:
            [finding] = await version_check.version(client, settings)
            return finding

        def is_expected(finding: Finding) -> bool:
            return finding.health == health and words in finding.says

        await until(told, is_expected)
