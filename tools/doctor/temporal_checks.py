"""Temporal: the namespace as the gateway needs it, and workers that take what is due."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    DescribeWorkerDeploymentRequest,
    GetSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters import temporal
from adapters.settings import Settings
from domain.candidate import Channel
from domain.errors import EngineMisconfiguredError
from domain.identifiers import DEPLOYMENT, TASK_QUEUE
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning
from tools.doctor.subscription_check import subscription
from tools.setup_temporal import RETENTION
from workflows import search_attributes

_TIMEOUT_SEC = 5
_LONG_POLL = timedelta(seconds=70)
"""A worker asks anew every minute; Temporal goes on listing one that is gone for some minutes more."""

_LONGEST_BACKLOG = timedelta(minutes=1)
_QUEUES = {"workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY}
_NO_OPERATOR_SERVICE = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}
_SETUP = "python -m tools.setup_temporal (in Temporal Cloud: its own tools)"
_CALL = timedelta(seconds=_TIMEOUT_SEC)


async def check(settings: Settings) -> Findings:
    try:
        async with asyncio.timeout(_TIMEOUT_SEC):
            client = await temporal.connect(settings.encryption_keys, lazy=False)
    except (EngineMisconfiguredError, RuntimeError, TimeoutError) as error:
        mend = "start Temporal, or correct TEMPORAL_ADDRESS, TEMPORAL_API_KEY and TEMPORAL_TLS…"
        yield problem("temporal.connection", f"no connection: {_first_line(error)}", mend)
        yield not_checked("temporal.namespace", "Temporal does not answer")
        return
    yield ok("temporal.connection", f"answers at {client.service_client.config.target_host}")
    try:
        finding = await _namespace(client)
    except RPCError as error:
        yield _no_namespace(client, error)
        return
    yield finding
    subjects: dict[str, Callable[[Client, Settings], Coroutine[Any, Any, list[Finding]]]] = {
        "temporal.search_attributes": _search_attributes,
        "temporal.workers": _workers,
        "temporal.version": _version,
        "temporal.parked": _parked,
    }
    if Channel.IMESSAGE in settings.channels:
        subjects["imessage.subscription"] = subscription
    found = await asyncio.gather(*(_guarded(name, ask(client, settings)) for name, ask in subjects.items()))
    for findings in found:
        for finding in findings:
            yield finding


async def _guarded(name: str, asked: Coroutine[Any, Any, list[Finding]]) -> list[Finding]:
    try:
        return await asked
    except RPCError as error:
        return [not_checked(name, f"Temporal does not tell: {error.status.name}, {_first_line(error)}")]


async def _namespace(client: Client) -> Finding:
    name, request = client.namespace, DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request, timeout=_CALL)
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    says = f"{name} keeps what has ended for {kept / timedelta(days=1):g} d"
    if kept >= RETENTION:
        return ok("temporal.namespace", says)
    says += "; after that, a candidate that core repeats is new, and GET /activity forgets it"
    return warning("temporal.namespace", says, _SETUP)


def _no_namespace(client: Client, error: RPCError) -> Finding:
    if error.status is RPCStatusCode.NOT_FOUND:
        return problem("temporal.namespace", f"there is none named {client.namespace}", _SETUP)
    mend = "correct TEMPORAL_NAMESPACE, or what TEMPORAL_API_KEY or the client's certificate may do"
    return problem("temporal.namespace", f"Temporal refuses {client.namespace}: {error.status.name}", mend)


async def _search_attributes(client: Client, _: Settings) -> list[Finding]:
    registered = await _registered(client)
    wanted = {key.name: key.indexed_value_type for key in search_attributes.ALL}
    wrong = [name for name, kind in wanted.items() if registered.get(name, kind) != kind]
    missing = [name for name in wanted if name not in registered]
    findings = []
    if missing:
        findings.append(problem("temporal.search_attributes", f"not registered: {', '.join(missing)}", _SETUP))
    if wrong:
        types = ", ".join(f"{name} must be {IndexedValueType.Name(wanted[name])}" for name in wrong)  # type: ignore[arg-type]  # the SDK's own number
        mend = f"temporal operator search-attribute remove --name …, then {_SETUP}"
        findings.append(problem("temporal.search_attributes", f"of another type: {types}", mend))
    return findings or [ok("temporal.search_attributes", f"all {len(wanted)} are registered")]


async def _registered(client: Client) -> dict[str, int]:
    """Ask as the CLI does, or where that is not served, as in Temporal Cloud, by what every client may ask."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        listed = await client.operator_service.list_search_attributes(request, timeout=_CALL)
    except RPCError as error:
        if error.status not in _NO_OPERATOR_SERVICE:
            raise
        keys = await client.workflow_service.get_search_attributes(GetSearchAttributesRequest(), timeout=_CALL)
        return dict(keys.keys)
    return dict(listed.custom_attributes)


async def _workers(client: Client, _: Settings) -> list[Finding]:
    findings = []
    for kind, number in _QUEUES.items():
        described = await _task_queue(client, number)
        findings += [_pollers(kind, described), _backlog(kind, described)]
    return findings


async def _task_queue(client: Client, kind: TaskQueueType.ValueType) -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=kind,
        report_stats=True,
    )
    return await client.workflow_service.describe_task_queue(request, timeout=_CALL)


def _pollers(kind: str, described: DescribeTaskQueueResponse) -> Finding:
    now = datetime.now(UTC)
    fresh = [p for p in described.pollers if now - p.last_access_time.ToDatetime(UTC) < _LONG_POLL]
    if fresh:
        return ok(f"temporal.workers.{kind}", f"{len(fresh)} polling {TASK_QUEUE}")
    says = f"no worker asks for {kind} tasks: nothing is sent, no deadline is kept"
    return problem(f"temporal.workers.{kind}", says, "python -m worker, with this TEMPORAL_NAMESPACE")


def _backlog(kind: str, described: DescribeTaskQueueResponse) -> Finding:
    count, age = described.stats.approximate_backlog_count, described.stats.approximate_backlog_age.ToTimedelta()
    says = f"{count} waiting" + (f", the oldest for {age.total_seconds():.0f} s" if count else "")
    if age <= _LONGEST_BACKLOG:
        return ok(f"temporal.backlog.{kind}", says)
    return warning(f"temporal.backlog.{kind}", says, "run more workers, and see what the worker's log says")


async def _version(client: Client, settings: Settings) -> list[Finding]:
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
        described = await client.workflow_service.describe_worker_deployment(request, timeout=_CALL)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described.worker_deployment_info.routing_config.current_deployment_version.build_id or None


async def _parked(client: Client, _: Settings) -> list[Finding]:
    parked = (await client.count_workflows(search_attributes.IS_PARKED, rpc_timeout=_CALL)).count
    if not parked:
        return [ok("temporal.parked", "core has taken every decision, or is still being asked to")]
    mend = "python -m tools.candidates list --parked, and when core takes them, python -m tools.candidates retry --all"
    return [warning("temporal.parked", f"{parked} decisions that core would not take", mend)]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
