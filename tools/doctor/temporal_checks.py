"""Temporal: whether it serves the gateway's namespace, and lets this key or certificate use it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.config.settings import Settings
from adapters.temporal import connection as temporal
from adapters.temporal import tls_files
from domain.engine_states import EngineState
from domain.errors import EngineMisconfiguredError, EngineUnreachedError
from engine.registered_attributes import lacked, registered
from engine.runs_served import ask_for_a_run, try_to_signal
from tools.doctor import version_check, worker_checks
from tools.doctor.engine_findings import SETUP, in_state, is_unreachable, not_served, told_apart
from tools.doctor.findings import LONGEST_REQUEST, Finding, Findings, not_checked, ok, problem, warning
from tools.doctor.subscription_check import subscription
from tools.setup_temporal import RETENTION
from workflows import search_attributes


async def check(settings: Settings) -> Findings:
    for finding in _certificate():
        yield finding
    try:
        async with asyncio.timeout(LONGEST_REQUEST.total_seconds()):
            client = await temporal.connect(settings.encryption_keys, lazy=False)
    except (EngineMisconfiguredError, EngineUnreachedError, TimeoutError) as error:
        if isinstance(error, EngineMisconfiguredError):
            yield problem("temporal.connection", str(error), "correct the TEMPORAL_… variables (env.example)")
        else:
            yield not_served("temporal.connection", error)
        yield not_checked("temporal.namespace", "Temporal could not be reached")
        return
    address = client.service_client.config.target_host
    try:
        namespace = await _namespace(client)
    except RPCError as error:
        trouble = await told_apart(client, error)
        if is_unreachable(trouble):
            yield not_served("temporal.connection", trouble)
            yield not_checked("temporal.namespace", "Temporal could not be reached")
        else:
            yield ok("temporal.connection", f"answers at {address}")
            yield not_served("temporal.namespace", trouble)
        return
    yield ok("temporal.connection", f"answers at {address}")
    yield namespace
    found = await asyncio.gather(
        *(_guarded(name, client, ask(client, settings)) for name, ask in _subjects(settings).items())
    )
    for findings in found:
        for finding in findings:
            yield finding


def _subjects(settings: Settings) -> dict[str, Callable[[Client, Settings], Coroutine[Any, Any, list[Finding]]]]:
    return {
        "temporal.runs": _runs,
        "temporal.key": _key,
        "temporal.search_attributes": _search_attributes,
        "temporal.workers": worker_checks.workers,
        "temporal.version": version_check.version,
        "temporal.parked": _parked,
        **({"imessage.subscription": subscription} if settings.photon_base_url else {}),
    }


def _certificate() -> list[Finding]:
    """Returns nothing without a certificate; the connection reports an unusable one."""
    try:
        valid = tls_files.validity(temporal.configuration().get("tls"))
    except EngineMisconfiguredError:
        return []
    if not valid:
        return []
    left, says = valid.ends - datetime.now(UTC), valid.warning
    if not says:
        return [ok("temporal.certificate", f"is valid until {valid.ends.isoformat()}, for {left.days} days")]
    fix = "renew the files of TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… (docs/security.md)"
    return [warning("temporal.certificate", f"{says}, in {left.days} days", fix)]


async def _guarded(name: str, client: Client, asked: Coroutine[Any, Any, list[Finding]]) -> list[Finding]:
    """Runs one check; a slow one must not hide the others."""
    try:
        async with asyncio.timeout(LONGEST_REQUEST.total_seconds()):
            return await asked
    except (RPCError, TimeoutError) as error:
        return [not_served(name, await told_apart(client, error))]


async def _namespace(client: Client) -> Finding:
    name, request = client.namespace, DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request, timeout=LONGEST_REQUEST)
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    says = f"{name} keeps closed runs for {kept / timedelta(days=1):g} d"
    if kept >= RETENTION:
        return ok("temporal.namespace", says)
    says += "; after that, a candidate that core repeats counts as new, and GET /activity omits it"
    return warning("temporal.namespace", says, SETUP)


async def _runs(client: Client, _: Settings) -> list[Finding]:
    """Asks Temporal's history service, which may be away while its frontend answers."""
    await ask_for_a_run(client, LONGEST_REQUEST)
    return [ok("temporal.runs", "Temporal's history service answers")]


async def _key(client: Client, _: Settings) -> list[Finding]:
    await try_to_signal(client)
    return [ok("temporal.key", "may read and write")]


async def _search_attributes(client: Client, _: Settings) -> list[Finding]:
    found = await registered(client, LONGEST_REQUEST)
    wanted = {key.name: key.indexed_value_type for key in search_attributes.ALL}
    wrong = [name for name, kind in wanted.items() if found.get(name, kind) != kind]
    findings = []
    if lack := lacked(found):
        findings.append(in_state("temporal.search_attributes", EngineState.UNPREPARED, lack))
    if wrong:
        types = ", ".join(f"{name} must be {IndexedValueType.Name(wanted[name])}" for name in wrong)  # type: ignore[arg-type]  # the SDK's own number
        fix = f"run temporal operator search-attribute remove --name …, then: {SETUP}"
        findings.append(problem("temporal.search_attributes", f"wrong type: {types}", fix))
    return findings or [ok("temporal.search_attributes", f"all {len(wanted)} are registered")]


async def _parked(client: Client, _: Settings) -> list[Finding]:
    request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=search_attributes.IS_PARKED)
    parked = (await client.workflow_service.count_workflow_executions(request, timeout=LONGEST_REQUEST)).count
    if not parked:
        return [ok("temporal.parked", "no decision is parked")]
    fix = "run python -m tools.candidates list --parked; once core accepts them, run it with retry --all"
    return [warning("temporal.parked", f"{parked} decisions are parked: core did not accept them", fix)]
