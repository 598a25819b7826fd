"""Decisions are delivered to core."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.core import CoreDecisions, DecisionFormat, signing_key
from domain.decision import Decision, Outcome
from domain.identifiers import webhook_id
from tests.harness.accepting import accepted_alone
from tests.harness.core import CandidateBody, draft
from tests.harness.operator import change_timeout, until_retried
from tests.harness.phone import Owner
from tests.harness.stack import Stack
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

pytestmark = pytest.mark.faults

RETRIED = [403, 404, 408, 425, 429, 500, 502, 503]
PARKED = [301, 307, 400, 401, 410, 418, 422]
OTHER_KEY = "whsec_bmV4dC1zaWduaW5nLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ="


async def approved(stack: Stack, owner: Owner | None = None, **fault: Any) -> CandidateBody:
    """Has a candidate approved on WhatsApp while core fails for it.

    An owner passed to it is asked on iMessage, too.
    """
    candidate_id = draft()["id"]
    await stack.phone.fault("core.decisions", match=candidate_id, **fault)
    if owner:
        candidate = await stack.core.accepted(owner, id=candidate_id)
    else:
        owner = Owner()
        candidate = await accepted_alone(stack, "whatsapp", owner, id=candidate_id)
    await stack.phone.until_prompted("whatsapp", candidate_id)
    await stack.phone.says("whatsapp", owner, f"approve {candidate_id}")
    return candidate


async def attempts(stack: Stack, candidate: CandidateBody) -> list[dict[str, Any]]:
    return await stack.phone.attempts("core.decisions", contains=candidate["id"])


async def test_core_that_is_unwell_is_told_again_until_it_accepts(stack: Stack) -> None:
    faults: list[dict[str, Any]] = [{"status": status} for status in RETRIED] + [{"drop": True}]
    candidates = await asyncio.gather(*(approved(stack, times=1, **fault) for fault in faults))

    for candidate in candidates:
        await stack.phone.until_decided(candidate["id"])
        await stack.core.until_callback(candidate["id"], "delivered")
        assert len(await attempts(stack, candidate)) == 2


async def test_core_says_when_to_come_back(stack: Stack) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=4)
    by_span, by_date = await asyncio.gather(
        approved(stack, times=1, status=503, headers={"Retry-After": "3"}),
        approved(stack, times=1, status=429, headers={"Retry-After": f"{moment:%a, %d %b %Y %H:%M:%S GMT}"}),
    )

    await stack.phone.until_decided(by_span["id"])
    await stack.phone.until_decided(by_date["id"])
    first, second = await attempts(stack, by_span)
    assert second["at"] >= first["at"] + 3
    assert (await attempts(stack, by_date))[1]["at"] >= int(moment.timestamp())


async def test_what_core_will_never_take_is_parked_at_once_until_an_operator_retries(stack: Stack) -> None:
    elsewhere = {"Location": f"{stack.environment['CORE_DECISION_WEBHOOK']}?elsewhere"}
    candidates = await asyncio.gather(*(approved(stack, status=status, headers=elsewhere) for status in PARKED))

    for candidate in candidates:
        entry = await stack.core.until_callback(candidate["id"], "parked")
        assert (entry["state"], entry["decision"]) == ("approved", "approved")
        assert len(await attempts(stack, candidate)) == 1
        handle = stack.run_of(candidate["id"])
        attributes = (await handle.describe()).typed_search_attributes
        assert attributes.get(search_attributes.CALLBACK_STATE) == "parked"
        assert attributes.get(search_attributes.APPROVAL_STATE) == "approved"
    await stack.phone.heal()
    for candidate in candidates:
        handle = stack.run_of(candidate["id"])
        await handle.signal(ApprovalWorkflow.retry_callback)
        assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"
        await handle.result()
        assert (await stack.core.candidate(candidate["id"]))["callback"] == "delivered"
        assert len(await attempts(stack, candidate)) == 2


async def test_decision_is_what_the_contract_says_on_every_attempt(stack: Stack) -> None:
    candidate = await approved(stack, times=1, status=503, headers={"Retry-After": "2"})
    decided = await stack.phone.until_decided(candidate["id"])  # the simulated core has verified its signature

    first, second = await attempts(stack, candidate)
    body = json.loads(second["body"])
    assert first["body"] == second["body"]
    assert body == {
        "id": candidate["id"],
        "decision": "approved",
        "final_text": candidate["proposed_text"],
        "decider": candidate["owner_whatsapp"],
        "latency_ms": decided["latency_ms"],
    }
    for attempt in (first, second):
        headers = attempt["headers"]
        assert headers["authorization"] == f"Bearer {stack.environment['CORE_DECISION_WEBHOOK_SIGNING_SECRET']}"
        assert headers["webhook-id"] == webhook_id(candidate["id"])
        assert abs(int(headers["webhook-timestamp"]) - attempt["at"]) < 1.5
        assert headers["webhook-signature"].startswith("v1,")
    assert first["headers"]["webhook-timestamp"] != second["headers"]["webhook-timestamp"]


async def test_core_that_knows_one_key_of_several_accepts(stack: Stack) -> None:
    keys = [OTHER_KEY, stack.environment["CORE_DECISION_WEBHOOK_SIGNING_KEY"]]
    bearer = stack.environment["CORE_DECISION_WEBHOOK_SIGNING_SECRET"]
    decision = Decision(Outcome.REJECTED, None, "operator:ann", datetime.now(UTC), timedelta(0))
    candidate_id = draft()["id"]
    async with httpx.AsyncClient() as http:
        core = CoreDecisions(http, stack.environment["CORE_DECISION_WEBHOOK"], bearer, [*map(signing_key, keys)])

        await core.deliver(candidate_id, decision)

    assert len(await stack.phone.decisions(candidate_id)) == 1


async def test_core_that_takes_the_extended_format_gets_all_of_it(stack: Stack) -> None:
    keys = [signing_key(stack.environment["CORE_DECISION_WEBHOOK_SIGNING_KEY"])]
    bearer = stack.environment["CORE_DECISION_WEBHOOK_SIGNING_SECRET"]
    decider = "whatsapp:+15551234567"
    decision = Decision(Outcome.REJECTED, None, decider, datetime.now(UTC), timedelta(0), note="shorter, please")
    candidate_id = draft()["id"]
    async with httpx.AsyncClient() as http:
        url = stack.environment["CORE_DECISION_WEBHOOK"]
        core = CoreDecisions(http, url, bearer, keys, decision_format=DecisionFormat.EXTENDED)

        await core.deliver(candidate_id, decision, brand_id="b_acme", source_ref="post_1")

    [attempt] = await stack.phone.attempts("core.decisions", contains=candidate_id)
    assert json.loads(attempt["body"]) == {
        "id": candidate_id,
        "decision": "rejected",
        "final_text": None,
        "decider": decider,
        "latency_ms": 0,
        "brand_id": "b_acme",
        "source_ref": "post_1",
        "via": "whatsapp",
        "note": "shorter, please",
        "reason": None,
    }
    assert len(await stack.phone.decisions(candidate_id)) == 1, "the simulated core has validated it"


async def test_delivery_is_given_up_after_a_day_and_parked(stack: Stack) -> None:
    candidate = await approved(stack, status=503)
    handle = stack.run_of(candidate["id"])
    activity_id = await until_retried(handle)
    events = (await handle.fetch_history()).events
    scheduled = [e.activity_task_scheduled_event_attributes for e in events]
    period = next(a.schedule_to_close_timeout for a in scheduled if a.activity_id == activity_id)
    assert period.ToTimedelta() == timedelta(hours=24)

    await change_timeout(stack.client, handle, activity_id, "schedule_to_close_timeout", timedelta(seconds=2))
    entry = await stack.core.until_callback(candidate["id"], "parked")
    assert entry["state"] == "approved"


@pytest.mark.parametrize("fault", [{"delay_sec": 2.0}, {"status": 400}], ids=["in flight", "parked"])
async def test_reply_after_the_decision_is_answered_and_changes_nothing(
    stack: Stack, owner: Owner, fault: dict[str, Any]
) -> None:
    candidate = await approved(stack, owner, **fault)
    before, after = ("parked", "parked") if "status" in fault else ("pending", "delivered")
    await stack.core.until_callback(candidate["id"], before)

    on_whatsapp = await stack.phone.says("whatsapp", owner, f"skip {candidate['id']}")
    await stack.phone.says("imessage", owner, f"edit {candidate['id']}: something else")

    assert "already approved on WhatsApp" in on_whatsapp.bodies[0]
    await stack.phone.until_message("imessage", owner, "already approved on WhatsApp")
    assert (await stack.core.until_callback(candidate["id"], after))["state"] == "approved"
    if "delay_sec" in fault:
        [decision] = await stack.phone.decisions(candidate["id"])
        assert decision["decision"] == "approved"
        assert len(await attempts(stack, candidate)) == 1
