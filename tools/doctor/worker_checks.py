"""The workers that take tasks, as Temporal knows them."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from adapters.config.settings import Settings
from adapters.temporal import connection as temporal
from adapters.temporal import tls_files
from domain.identifiers import TASK_QUEUE
from engine.task_queues import KINDS, TaskQueueState, task_queue_state
from tools.doctor.findings import Finding, ok, problem, warning

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
    last = f" (the last one asked at {state.last_poll_at:%H:%M:%S} UTC)" if state.last_poll_at else ""
    says = f"no worker asks for {kind} tasks{last}: nothing is sent, and no deadline is kept"
    return problem(f"temporal.workers.{kind}", says, f"start python -m worker with this TEMPORAL_NAMESPACE{_renewed()}")


def _renewed() -> str:
    """Names the client certificate on disk; a worker uses the one that it read at its start."""
    counts = tls_files.validity(temporal.configuration().get("tls"))
    if not counts:
        return ""
    return (
        f"; if it runs, its log says why it waits (engine_unavailable), and if it started before its client"
        f" certificate was renewed (the one on disk is valid since {counts.begins:%d %B %Y, %H:%M} UTC), restart it"
    )


def _backlog(kind: str, state: TaskQueueState) -> Finding:
    says = f"{state.backlog} waiting"
    if state.backlog:
        says += f", the oldest for {state.backlog_age.total_seconds():.0f} s"
    if state.backlog_age <= _LONGEST_BACKLOG:
        return ok(f"temporal.backlog.{kind}", says)
    return warning(f"temporal.backlog.{kind}", says, "run more workers, and check the workers' logs")
