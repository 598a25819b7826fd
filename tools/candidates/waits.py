"""Why a candidate waits, or what failed last, from its description and history. Needs no worker."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from domain.approval import PromptState
from domain.decision import SYSTEM_UNDELIVERABLE, CallbackState
from domain.sending.provider_faults import words_for
from domain.sending.sends import PromptStanding
from domain.temporal_names import ActivityType
from engine.candidates import CandidateRecord
from engine.endings import ending
from tools.candidates.histories import RunHistory, Wait, history_of

_UNFAILED: Mapping[str, str] = {ActivityType.TAKE_PLACE: "waits for the place of the candidate that it replaces"}


async def why(
    client: Client, record: CandidateRecord, execution: WorkflowExecution, history: RunHistory | None = None
) -> list[str]:
    """Returns each reason why it waits; for a closed one, what failed, if anything did.

    Reads the history if it is needed and was not passed.
    """
    try:
        if not record.is_running:
            return await _ended(client, record, execution)
        run = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        return await _why_it_runs(client, record, run, history)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return ["deleted since the search"]


async def _ended(client: Client, record: CandidateRecord, execution: WorkflowExecution) -> list[str]:
    if record.decision is None:
        return [f"{(await ending(client, execution.id, execution.run_id)).words}; no decision"]
    if record.callback is not CallbackState.DELIVERED and execution.status is not None:
        return [f"not delivered; the run is {execution.status.name.lower()}"]
    return _undeliverable(record)


def _undeliverable(record: CandidateRecord) -> list[str]:
    if record.decision is None or record.decision.decider != SYSTEM_UNDELIVERABLE:
        return []
    return [record.decision.reason] if record.decision.reason else list(map(prompt_said, record.troubles))


async def _why_it_runs(
    client: Client, record: CandidateRecord, run: WorkflowHandle[Any, Any], history: RunHistory | None
) -> list[str]:
    if record.callback is CallbackState.PARKED:
        given_up = (history or await history_of(client, run)).given_up
        return [f"{given_up.what}, since {given_up.at:%Y-%m-%d %H:%M}"] if given_up else []
    pending = [await _pending(client, each) for each in (await run.describe()).raw_description.pending_activities]
    reasons = [reason for reason in dict.fromkeys(pending) if reason]
    if record.decision:
        return [*_undeliverable(record), *reasons]
    waiting = await _waits_for_prompts(client, record, run, history)
    return [*map(prompt_said, record.troubles), *waiting, *reasons] or _without_trouble(record)


def _without_trouble(record: CandidateRecord) -> list[str]:
    has_arrived = any(prompt.standing is PromptStanding.ARRIVED for prompt in record.prompts)
    return ["for its owner"] if has_arrived else []


async def _waits_for_prompts(
    client: Client, record: CandidateRecord, run: WorkflowHandle[Any, Any], history: RunHistory | None
) -> list[str]:
    """Returns what unsent prompts wait for: the rate limit, or proof that the last one arrived."""
    if all(prompt.standing in {PromptStanding.ARRIVED, PromptStanding.FAILED} for prompt in record.prompts):
        return []
    return list(map(_until, (history or await history_of(client, run)).waits.values()))


def _until(wait: Wait) -> str:
    return f"{wait.what}, until {wait.until:%H:%M:%S}"


def prompt_said(prompt: PromptState) -> str:
    words = words_for(prompt.error_code)
    code = f", error {prompt.error_code}" if prompt.error_code else ""
    cut = ", cut" if prompt.is_cut else ""
    return f"{prompt.chat}: {prompt.standing}{cut}{code}{f' ({words})' if words else ''}"


async def _pending(client: Client, activity: PendingActivityInfo) -> str:
    """Describes the last failure and the time of the next attempt; empty during a first attempt."""
    name = activity.activity_type.name
    if not activity.HasField("last_failure"):
        return _UNFAILED.get(name, "")
    failure = await client.data_converter.decode_failure(activity.last_failure)
    next_at = activity.scheduled_time.ToDatetime(UTC)
    return f"{name}, attempt {activity.attempt} at {next_at:%H:%M:%S}: {failure}"
