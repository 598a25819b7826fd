"""`python -m tools.parked`: lists the decisions that core would not take; `… retry` delivers them again.

    python -m tools.parked [--brand b_acme]
    python -m tools.parked retry cr_1 cr_2
    python -m tools.parked retry --all [--brand b_acme]

The exit code is 1 if something could not be done. What core refuses again is parked again.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters import settings, temporal
from api.candidates import CandidateRecord
from domain.decision import CallbackState
from domain.errors import UnreadablePayloadError
from domain.identifiers import BRAND_ID, approval_workflow_id
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

_AT_ONCE = 10
_UNPARKED = {None: "not decided yet", CallbackState.PENDING: "being delivered", CallbackState.DELIVERED: "delivered"}


async def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    encryption_keys = settings.load_encryption().encryption_keys
    try:
        client = await temporal.connect(encryption_keys, lazy=False)
        done = await (_list if options.action == "list" else _retry)(client, options)
    except (RuntimeError, RPCError) as error:
        print(f"Temporal does not answer: {error}", file=sys.stderr)
        return 1
    except UnreadablePayloadError as error:
        print(f"A candidate cannot be read: {error}", file=sys.stderr)
        return 1
    if not done:
        print("Nothing is parked.")
    return 0 if all(done) else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.parked", description="Decisions that core would not take.")
    parser.add_argument("action", nargs="?", choices=["list", "retry"], default="list")
    parser.add_argument("candidate_id", nargs="*", help="retry: these candidates")
    parser.add_argument("--all", action="store_true", help="retry: all that are parked")
    parser.add_argument("--brand", type=_brand, help="only this brand's")
    options = parser.parse_intermixed_args(arguments)
    if options.action == "list" and (options.candidate_id or options.all):
        parser.error("list takes no candidates: it shows all that are parked")
    if options.action == "retry" and bool(options.candidate_id) is options.all:
        parser.error("retry takes either candidates or --all")
    if options.candidate_id and options.brand:
        parser.error("--brand goes with --all")
    return options


def _brand(text: str) -> str:
    if not re.fullmatch(BRAND_ID, text):
        raise argparse.ArgumentTypeError(f"no brand id: {text}")
    return text


def _parked(client: Client, brand_id: str | None) -> AsyncIterator[WorkflowExecution]:
    query = search_attributes.IS_PARKED + (f" AND BrandId = '{brand_id}'" if brand_id else "")
    return client.list_workflows(query)


async def _list(client: Client, options: argparse.Namespace) -> list[bool]:
    lines = [await _line(client, execution) async for execution in _parked(client, options.brand)]
    if lines:
        print("candidate", "brand", "decision", "decided", "parked", "why", sep="\t")
    for line in sorted(lines):
        print(line)
    return [True for _ in lines]


async def _line(client: Client, execution: WorkflowExecution) -> str:
    record = await CandidateRecord.of(execution)
    assert record.decision is not None, "what is parked is decided"
    parked_at, why = await _last_failure(client, client.get_workflow_handle(execution.id))
    moments = (f"{moment:%Y-%m-%d %H:%M}" for moment in (record.decision.decided_at.astimezone(UTC), parked_at))
    return "\t".join([record.candidate.id, record.candidate.brand_id, record.decision.outcome, *moments, why])


async def _last_failure(client: Client, run: WorkflowHandle[Any, Any]) -> tuple[datetime, str]:
    """Read from the history when, and why, the delivery was given up last; needs no worker."""
    deliveries: set[int] = set()
    at, why = datetime.fromtimestamp(0, UTC), ""
    async for event in run.fetch_history_events():
        if event.activity_task_scheduled_event_attributes.activity_type.name == "deliver_decision":
            deliveries.add(event.event_id)
        if (refused := event.activity_task_failed_event_attributes).scheduled_event_id in deliveries:
            failure = await client.data_converter.decode_failure(refused.failure)
            at, why = event.event_time.ToDatetime(UTC), str(failure)
        elif event.activity_task_timed_out_event_attributes.scheduled_event_id in deliveries:
            at, why = event.event_time.ToDatetime(UTC), "retried for a day in vain"
    return at, why


async def _retry(client: Client, options: argparse.Namespace) -> list[bool]:
    """Retry a few at once, so that core, which has just come back, is not flooded."""
    done: list[bool] = []
    batch: list[str] = []
    async for candidate_id in _candidate_ids(client, options):
        batch.append(candidate_id)
        if len(batch) == _AT_ONCE:
            done += await asyncio.gather(*(_retry_one(client, i, named=not options.all) for i in batch))
            batch = []
    return done + await asyncio.gather(*(_retry_one(client, i, named=not options.all) for i in batch))


async def _candidate_ids(client: Client, options: argparse.Namespace) -> AsyncIterator[str]:
    for candidate_id in options.candidate_id:
        yield candidate_id
    if options.all:
        async for execution in _parked(client, options.brand):
            yield execution.id.removeprefix(approval_workflow_id(""))


async def _retry_one(client: Client, candidate_id: str, *, named: bool) -> bool:
    """Retry one and say so; one that is not parked any more is a failure only if somebody named it."""
    run = client.get_workflow_handle(approval_workflow_id(candidate_id))
    try:
        record = await CandidateRecord.of(await run.describe())
        if record.is_running and record.callback is CallbackState.PARKED:
            await run.signal(ApprovalWorkflow.retry_callback)
            print(f"{candidate_id}: will be delivered again")
            return True
        print(f"{candidate_id}: not parked, but {_UNPARKED.get(record.callback, 'ended')}")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        print(f"{candidate_id}: unknown, or ended")
    return not named


if __name__ == "__main__":
    temporal.leave(asyncio.run(main(sys.argv[1:])))
