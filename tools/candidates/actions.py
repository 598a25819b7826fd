"""Operators' actions. Each reads the candidate first, and says so where it would have no effect."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from domain.decision import OPERATOR_PREFIX, CallbackState
from domain.errors import UnreadablePayloadError
from domain.identifiers import approval_workflow_id
from domain.temporal_names import ActivityType
from engine.candidates import CandidateRecord
from tools.candidates.records import record_of
from tools.candidates.rows import decider_of
from workflows.approval import ApprovalWorkflow
from workflows.signals import AskAgain, OperatorDecision, Withdrawal

_AT_ONCE = 10
_PATIENCE = timedelta(seconds=10)
_LOOK_EVERY = timedelta(seconds=0.2)

Run = WorkflowHandle[Any, Any]
Action = Callable[[Run, CandidateRecord], Awaitable[tuple[bool, str]]]
"""Returns whether it succeeded, and the candidate's state in words."""


async def each(client: Client, candidate_ids: Sequence[str], act: Action, *, named: bool) -> list[bool]:
    """Acts on a few at once, so that core, which may just have recovered, is not flooded."""
    done: list[bool] = []
    for first in range(0, len(candidate_ids), _AT_ONCE):
        batch = candidate_ids[first : first + _AT_ONCE]
        done += await asyncio.gather(*(_one(client, i, act, named=named) for i in batch))
    return done


async def _one(client: Client, candidate_id: str, act: Action, *, named: bool) -> bool:
    """Acts on one and prints the result; being too late is a failure only for a named candidate."""
    run: Run = client.get_workflow_handle(approval_workflow_id(candidate_id))
    try:
        is_done, said = await act(run, await record_of(await run.describe()))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        is_done, said = False, "unknown, or closed"
    except UnreadablePayloadError as unreadable:
        print(f"{candidate_id}: cannot be read: {unreadable}")
        return False
    print(f"{candidate_id}: {said}")
    return is_done or not named


def retrying(client: Client) -> Action:
    async def retry(run: Run, record: CandidateRecord) -> tuple[bool, str]:
        """Delivers a decision now that is parked, or waits for its next attempt."""
        if record.is_running and record.callback is CallbackState.PARKED:
            await run.signal(ApprovalWorkflow.retry_callback)
            return True, "will be delivered again"
        if record.is_running and record.callback is CallbackState.PENDING:
            return await _hurry(client, run)
        return False, "nothing to deliver: " + _standing(record)

    return retry


async def _hurry(client: Client, run: Run) -> tuple[bool, str]:
    """Resets a waiting activity, which then starts again at once; leaves a running one alone."""
    pending = (await run.describe()).raw_description.pending_activities
    delivery = next((activity for activity in pending if _waits_for_core(activity)), None)
    if delivery is None:
        return True, "being delivered"
    execution = WorkflowExecution(workflow_id=run.id)
    request = ResetActivityRequest(namespace=client.namespace, execution=execution, id=delivery.activity_id)
    try:
        await client.workflow_service.reset_activity(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        record = await record_of(await run.describe())  # its attempt was faster
        return record.callback is not CallbackState.PARKED, _standing(record)
    return True, f"will be delivered now, after {delivery.attempt - 1} attempts"


def _waits_for_core(activity: PendingActivityInfo) -> bool:
    is_scheduled = activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
    return activity.activity_type.name == ActivityType.DELIVER_DECISION and activity.attempt > 1 and is_scheduled


def deciding(wish: OperatorDecision) -> Action:
    async def decide(run: Run, record: CandidateRecord) -> tuple[bool, str]:
        return await _signaled(run, record, ApprovalWorkflow.decide, wish)

    return decide


def withdrawing(operator: str) -> Action:
    async def withdraw(run: Run, record: CandidateRecord) -> tuple[bool, str]:
        return await _signaled(run, record, ApprovalWorkflow.withdraw, Withdrawal(operator))

    return withdraw


def asking_again(wish: AskAgain) -> Action:
    async def ask_again(run: Run, record: CandidateRecord) -> tuple[bool, str]:
        if record.decision or not record.is_running:
            return False, f"too late: {_standing(record)}"
        if wish.chat and wish.chat not in {approver.channel for approver in record.candidate.approvers}:
            return False, f"none of its owners is asked on {wish.chat}"
        await run.signal(ApprovalWorkflow.ask_again, wish)
        return True, "will be asked again"

    return ask_again


async def _signaled(run: Run, before: CandidateRecord, signal: Any, wish: Any) -> tuple[bool, str]:
    """Sends a signal, then reads the decision: an owner may have been a moment faster."""
    if before.decision or not before.is_running:
        return False, f"too late: {_standing(before)}"
    await run.signal(signal, wish)
    record = before
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            while record.decision is None:  # another process decides
                await asyncio.sleep(_LOOK_EVERY.total_seconds())
                record = await record_of(await run.describe())
    if record.decision is None:
        return True, "accepted by Temporal; no worker has processed it yet"
    is_ours = record.decision.decider == OPERATOR_PREFIX + wish.operator
    return is_ours, _standing(record) if is_ours else f"too late: {_standing(record)}"


def _standing(record: CandidateRecord) -> str:
    if record.decision is None:
        return "not decided yet" if record.is_running else "ended without a decision"
    delivery = f", {record.callback}" if record.callback else ""
    return f"{record.decision.outcome} by {decider_of(record.decision)}{delivery}"
