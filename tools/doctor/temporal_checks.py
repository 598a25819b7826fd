"""Temporal: the namespace as the gateway needs it, and what worker_checks.py and subscription_check.py ask of it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    GetSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.config.settings import Settings
from adapters.temporal import connection as temporal
from adapters.temporal import tls_files
from domain.errors import EngineMisconfiguredError
from engine.runs_served import ask_for_a_run
from tools.doctor import worker_checks
from tools.doctor.findings import LONGEST_REQUEST, Finding, Findings, not_checked, ok, problem, warning
from tools.doctor.subscription_check import subscription
from tools.setup_temporal import RETENTION
from workflows import search_attributes

_NO_OPERATOR_SERVICE = {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}
_SETUP = "python -m tools.setup_temporal (in Temporal Cloud: its own tools)"


async def check(settings: Settings) -> Findings:
    for finding in _certificate():
        yield finding
    try:
        async with asyncio.timeout(LONGEST_REQUEST.total_seconds()):
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
    yield await _runs(client)
    subjects: dict[str, Callable[[Client, Settings], Coroutine[Any, Any, list[Finding]]]] = {
        "temporal.search_attributes": _search_attributes,
        "temporal.workers": worker_checks.workers,
        "temporal.version": worker_checks.version,
        "temporal.parked": _parked,
    }
    if settings.photon_base_url:
        subjects["imessage.subscription"] = subscription
    found = await asyncio.gather(*(_guarded(name, ask(client, settings)) for name, ask in subjects.items()))
    for findings in found:
        for finding in findings:
            yield finding


def _certificate() -> list[Finding]:
    """Find nothing where there is none, or none that can be used, which the connection says."""
    try:
        counts = tls_files.validity(temporal.configuration().get("tls"))
    except EngineMisconfiguredError:
        return []
    if not counts:
        return []
    left = counts.ends - datetime.now(UTC)
    says = f"the client certificate ends at {counts.ends.isoformat()}, in {left.days} days"
    if left > counts.warned_of:
        return [ok("temporal.certificate", says)]
    fix = "renew it: the files of TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… (docs/security.md)"
    return [warning("temporal.certificate", says, fix)]


async def _guarded(name: str, asked: Coroutine[Any, Any, list[Finding]]) -> list[Finding]:
    try:
        return await asked
    except RPCError as error:
        return [not_checked(name, f"Temporal does not tell: {error.status.name}, {_first_line(error)}")]


async def _namespace(client: Client) -> Finding:
    name, request = client.namespace, DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request, timeout=LONGEST_REQUEST)
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    says = f"{name} keeps what has ended for {kept / timedelta(days=1):g} d"
    if kept >= RETENTION:
        return ok("temporal.namespace", says)
    says += "; after that, a candidate that core repeats is new, and GET /activity forgets it"
    return warning("temporal.namespace", says, _SETUP)


async def _runs(client: Client) -> Finding:
    try:
        await ask_for_a_run(client, LONGEST_REQUEST)
    except RPCError as error:
        says = f"answers, and serves no run: {error.status.name}, {_first_line(error)}"
        return problem("temporal.runs", says, "start Temporal's history service, or see its log; workers wait for it")
    return ok("temporal.runs", "are served")


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
        listed = await client.operator_service.list_search_attributes(request, timeout=LONGEST_REQUEST)
    except RPCError as error:
        if error.status not in _NO_OPERATOR_SERVICE:
            raise
        keys = await client.workflow_service.get_search_attributes(
            GetSearchAttributesRequest(), timeout=LONGEST_REQUEST
        )
        return dict(keys.keys)
    return dict(listed.custom_attributes)


async def _parked(client: Client, _: Settings) -> list[Finding]:
    parked = (await client.count_workflows(search_attributes.IS_PARKED, rpc_timeout=LONGEST_REQUEST)).count
    if not parked:
        return [ok("temporal.parked", "core has taken every decision, or is still being asked to")]
    mend = "python -m tools.candidates list --parked, and when core takes them, python -m tools.candidates retry --all"
    return [warning("temporal.parked", f"{parked} decisions that core would not take", mend)]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
