"""Temporal's limits for candidates and replies: what is too large is refused; nothing is lost."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from domain.conversation.numbers import number_of
from domain.engine_states import EngineState
from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.edges import twilio_posts
from tests.harness.operator import signals
from tests.harness.phone import Owner
from tests.harness.processes import run_python, until
from tests.harness.scrape import scrape
from tests.harness.stack import PHOTON_SECRET, Stack, running_stack

MOST_BYTES = 1500
LONG = "A text that is too long. " * 60
ENDED = "gateway_ended_candidates"
REASON = "Workflow history count exceeds limit."
SHORT = "A text that is short enough."


@pytest.fixture(scope="module")
async def narrow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Runs a gateway on a Temporal with low size limits."""
    async with running_stack(tmp_path_factory.mktemp("narrow"), MOST_BYTES=str(MOST_BYTES)) as stack:
        yield stack


async def test_candidate_that_is_too_large_is_refused_with_its_longest_field_and_accepted_once_shorter(
    narrow: Stack, owner: Owner
) -> None:
    candidate = draft(owner, proposed_text=LONG)
    refused = await narrow.core.post(candidate)
    taken = await narrow.core.post({**candidate, "proposed_text": SHORT})

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(refused.headers["Retry-After"]) > 0
    words = EngineState.TOO_LARGE.traits.words
    assert refused.json()["detail"] == f"{words}: proposed_text has {len(LONG)} characters"
    assert taken.json()["status"] == "accepted"


@pytest.mark.parametrize("named", [True, False], ids=["by number", "by search"])
async def test_owner_on_whatsapp_learns_that_a_text_is_too_long_and_a_shorter_one_counts(
    narrow: Stack, owner: Owner, *, named: bool
) -> None:
    candidate = await asked(narrow, "whatsapp", owner, platform="linkedin")
    number = number_of(candidate["id"])
    prompt = await narrow.phone.until_prompted("whatsapp", candidate["id"])
    quoted = [] if named else [("OriginalRepliedMessageSid", prompt["id"])]
    body = f"edit {number}: {LONG}" if named else f"edit: {LONG}"
    form = [("MessageSid", f"SM{uuid4().hex}"), ("From", owner.whatsapp), ("Body", body), *quoted]
    first = await twilio_posts(narrow.core.http, form)
    again = await twilio_posts(narrow.core.http, form)

    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.status_code == httpx.codes.OK
    assert "is too long to be recorded here" in first.text
    assert f"edit {number}: your text" in first.text
    assert await signals(narrow.run_of(candidate["id"])) == []
    await narrow.phone.says("whatsapp", owner, f"edit {number}: {SHORT}")
    assert (await narrow.phone.until_decided(candidate["id"]))["final_text"] == SHORT


async def test_owner_on_imessage_gets_one_refusal_however_often_the_edit_arrives(narrow: Stack, owner: Owner) -> None:
    candidate = await asked(narrow, "imessage", owner, platform="linkedin")
    message = {"id": uuid4().hex, "from": owner.imessage, "text": f"edit {candidate['id']}: {LONG}"}
    for _ in range(2):
        headers = {"Authorization": f"Bearer {PHOTON_SECRET}"}
        assert (await narrow.core.http.post("/webhooks/imessage", json=message, headers=headers)).is_success
    await narrow.phone.until_message("imessage", owner, "is too long to be recorded here")
    await narrow.phone.says("imessage", owner, f"edit {candidate['id']}: {SHORT}")

    assert (await narrow.phone.until_decided(candidate["id"]))["final_text"] == SHORT
    refusals = [text for text in await narrow.phone.texts("imessage", owner) if "too long to be recorded" in text]
    assert len(refusals) == 1


async def test_no_verdict_of_several_counts_if_one_text_is_too_long(narrow: Stack, owner: Owner) -> None:
    first, second = [await asked(narrow, "whatsapp", owner, platform="linkedin") for _ in range(2)]
    numbers = [number_of(candidate["id"]) for candidate in (first, second)]
    said = await narrow.phone.says("whatsapp", owner, f"yes {numbers[0]}\nedit {numbers[1]}: {LONG}")

    assert said.statuses == [httpx.codes.OK]
    assert f"edit {numbers[1]}: your text" in str(said.words)
    for candidate in (first, second):
        assert await signals(narrow.run_of(candidate["id"])) == []


async def test_unclear_text_is_refused_if_the_question_about_it_is_too_long(narrow: Stack, owner: Owner) -> None:
    candidate = await asked(narrow, "imessage", owner, platform="linkedin")
    await narrow.phone.says("imessage", owner, f"edit {number_of(candidate['id'])} {LONG}")

    await narrow.phone.until_message("imessage", owner, "is too long to be recorded here")


async def test_run_that_temporal_ends_at_a_limit_shows_to_core_in_the_log_the_metric_and_the_list(
    tmp_path: Path, owner: Owner
) -> None:
    async with running_stack(tmp_path, MOST_EVENTS="20") as stack:
        candidate = await stack.core.accepted(owner)
        await filled(stack, candidate["id"])

        entry = await stack.core.waited(candidate["id"], 10)
        again = await stack.core.post(candidate)
        counted = await until(lambda: scrape(f"{stack.gateway_url}/metrics"), lambda it: it.value(ENDED, by="engine"))
        for _ in range(2):
            await scrape(f"{stack.gateway_url}/metrics")
        _, listed = await run_python("-m", "tools.candidates", "list", environment=stack.environment)
        _, shown = await run_python("-m", "tools.candidates", "show", candidate["id"], environment=stack.environment)
        said = [json.loads(line) for line in stack.api.output.splitlines() if "candidate_ended" in line]

    assert entry["ended"] == {"by": "engine", "reason": REASON}
    assert again.json()["status"] == "duplicate"
    assert [counted.value(ENDED, by=by) for by in ("engine", "operator")] == [1, 0]
    assert [(line["candidate_id"], line["by"], line["reason"]) for line in said] == [
        (candidate["id"], "engine", REASON)
    ]
    assert f"ended by Temporal: {REASON}; no decision" in listed
    assert f"ended by Temporal: {REASON}; core is no longer notified" in shown


async def test_run_that_an_operator_ended_is_counted_as_theirs_until_it_is_reset(narrow: Stack, owner: Owner) -> None:
    candidate = await narrow.core.accepted(owner)
    await narrow.phone.until_prompted("whatsapp", candidate["id"])
    await narrow.run_of(candidate["id"]).terminate("by mistake")
    metrics = f"{narrow.gateway_url}/metrics"
    await until(lambda: scrape(metrics), lambda it: it.value(ENDED, by="operator") == 1)
    reset = ResetWorkflowExecutionRequest(
        namespace=narrow.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=f"approval/{candidate['id']}"),
        workflow_task_finish_event_id=await last_task(narrow, candidate["id"]),
        reason="terminated by mistake",
        request_id=uuid4().hex,
    )
    await narrow.client.workflow_service.reset_workflow_execution(reset)

    await until(lambda: scrape(metrics), lambda it: it.has(ENDED) and it.value(ENDED, by="operator") == 0)


async def filled(stack: Stack, candidate_id: str) -> None:
    """Signals a run until Temporal ends it."""
    run = stack.run_of(candidate_id)

    async def ended() -> bool:
        with suppress(RPCError):
            await run.signal("retry_callback")
        return (await run.describe()).status is WorkflowExecutionStatus.TERMINATED

    await until(ended)


async def last_task(stack: Stack, candidate_id: str) -> int:
    events = (await stack.run_of(candidate_id).fetch_history()).events
    return max(e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
