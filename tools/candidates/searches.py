"""What is looked for, as a query of Temporal's, and what is shown of it."""

import argparse
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.config import settings
from domain.approval import PromptState
from domain.candidate import Approver
from domain.channels import Channel
from domain.decision import CallbackState, Decision
from domain.sending.provider_faults import words_for
from domain.temporal_names import ActivityType, WorkflowType
from engine.candidates import CandidateRecord
from engine.owner_hashes import OwnerHashes
from workflows.search_attributes import IS_PARKED, IS_PENDING, IS_UNDECIDED

_EVERYTHING = f"WorkflowType = '{WorkflowType.APPROVAL}'"
HEAD = ("candidate", "brand", "state", "callback", "deadline or decided (UTC)", "decider", "why it waits")


def query_of(options: argparse.Namespace) -> str:
    """Give the query; an owner's holds keyed hashes, one for each secret in use, of each address."""
    is_filtered = (("open", IS_UNDECIDED), ("pending", IS_PENDING), ("parked", IS_PARKED))
    standing = next((query for name, query in is_filtered if getattr(options, name)), _EVERYTHING)
    numbered = [f"Number = '{options.number}'"] if options.number else []
    return " AND ".join([standing, *_of_brand(options.brand), *numbered, *_of_owner(options.owner)])


def unfinished(brand_id: str | None) -> str:
    """Give the query for all whose decision core has not taken."""
    return " AND ".join([f"({IS_PARKED} OR {IS_PENDING})", *_of_brand(brand_id)])


def open_of(brand_id: str) -> str:
    return " AND ".join([IS_UNDECIDED, *_of_brand(brand_id)])


def link(ui_url: str, namespace: str, query: str) -> str:
    return f"{ui_url.rstrip('/')}/namespaces/{namespace}/workflows?{urlencode({'query': query})}"


def _of_brand(brand_id: str | None) -> list[str]:
    return [f"BrandId = '{brand_id}'"] if brand_id else []


def _of_owner(approvers: Sequence[Approver] | None) -> list[str]:
    if not approvers:
        return []
    hashes = OwnerHashes(settings.load_search().core_secrets).all_hashes(approvers)
    return [f"Owner IN ({', '.join(map(repr, hashes))})"]


async def show(client: Client, query: str, limit: int) -> int:
    """Print what is found, tab-separated; give how many."""
    lines = [await line(client, execution) async for execution in client.list_workflows(query, limit=limit)]
    for cells in [HEAD, *lines] if lines else []:
        print(*cells, sep="\t")
    return len(lines)


async def line(client: Client, execution: WorkflowExecution) -> tuple[str, ...]:
    """Give what HEAD names; what was deleted after the search is shown as the search found it."""
    record = await CandidateRecord.of(execution)
    candidate, decision = record.candidate, record.decision
    moment = decision.decided_at if decision else candidate.deadline
    return (
        candidate.id,
        candidate.brand_id,
        record.state,
        record.callback or "",
        f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}",
        decider_of(decision) if decision else "",
        await _why_if_known(client, record, execution),
    )


def decider_of(decision: Decision) -> str:
    """Name the decider; of an owner the channel alone, for this ends up in tickets."""
    return decision.decided_by if decision.decided_by in set(Channel) else decision.decider


async def _why_if_known(client: Client, record: CandidateRecord, execution: WorkflowExecution) -> str:
    try:
        return await _why(client, record, execution)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "nothing: gone since it was found"


async def _why(client: Client, record: CandidateRecord, execution: WorkflowExecution) -> str:
    """Say what went wrong last; needs no worker."""
    run = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    if not record.is_running:
        is_over = record.callback is CallbackState.DELIVERED
        return "" if is_over or execution.status is None else f"nothing: {execution.status.name.lower()}"
    if record.callback is CallbackState.PARKED:
        parked_at, why = await _given_up(client, run)
        return f"{why}, since {parked_at:%Y-%m-%d %H:%M}"
    pending = (await run.describe()).raw_description.pending_activities
    failing = [await _trouble(client, activity) for activity in pending if activity.HasField("last_failure")]
    return "; ".join([*(map(_prompt_trouble, record.troubles) if record.decision is None else ()), *failing])


def _prompt_trouble(prompt: PromptState) -> str:
    words = words_for(prompt.error_code)
    code = f", error {prompt.error_code}" if prompt.error_code else ""
    return f"{prompt.chat}: {prompt.standing}{code}{f' ({words})' if words else ''}"


async def _trouble(client: Client, activity: PendingActivityInfo) -> str:
    failure = await client.data_converter.decode_failure(activity.last_failure)
    name = activity.activity_type.name
    next_at = activity.scheduled_time.ToDatetime(UTC)
    return f"{name}, attempt {activity.attempt} {next_at:%H:%M:%S}: {failure}"


async def _given_up(client: Client, run: WorkflowHandle[Any, Any]) -> tuple[datetime, str]:
    """Read from the history when, and why, the delivery was given up last."""
    deliveries: set[int] = set()
    at, why = datetime.fromtimestamp(0, UTC), ""
    async for event in run.fetch_history_events():
        if event.activity_task_scheduled_event_attributes.activity_type.name == ActivityType.DELIVER_DECISION:
            deliveries.add(event.event_id)
        if (refused := event.activity_task_failed_event_attributes).scheduled_event_id in deliveries:
            failure = await client.data_converter.decode_failure(refused.failure)
            at, why = event.event_time.ToDatetime(UTC), str(failure)
        elif event.activity_task_timed_out_event_attributes.scheduled_event_id in deliveries:
            at, why = event.event_time.ToDatetime(UTC), "retried for a day in vain"
    return at, why


async def ids(client: Client, query: str) -> AsyncIterator[str]:
    """Give the candidates that a query finds."""
    async for execution in client.list_workflows(query):
        yield execution.id.partition("/")[2]
