"""What operators see and do in the Temporal UI or with its CLI."""

import asyncio
import re
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from domain.conversation.numbers import number_of
from domain.identifiers import PHOTON_SUBSCRIPTION_WORKFLOW_ID
from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.operator import current_details, until_details
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow

SECRET = "The text that nobody may log"
WRONG: list[list[Any]] = [
    [],
    [None],
    [SECRET],
    [17],
    [[SECRET]],
    [{"operator": 17, "decision": "approved", "sender": 17, "attempt": SECRET, "text": {SECRET: SECRET}}],
    [{"operator": "ann", "decision": "approved"}, SECRET],
    [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=SECRET.encode()))],
    [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=rb'{"operator": "\ud800"}'))],
    [RawValue(Payload(metadata={"encoding": b"json/protobuf", "messageType": b"x"}, data=SECRET.encode()))],
    [RawValue(Payload(metadata={"encoding": b"of/another/age"}, data=SECRET.encode()))],
]
"""Values that are not one object of texts."""

MALFORMED: list[tuple[str, list[Any]]] = [
    *((signal, arguments) for signal in ("reply", "delivery", "decide", "withdraw") for arguments in WRONG),
    *(("retry_callback", arguments) for arguments in WRONG),
    ("decide", [{}]),
    ("decide", [{"operator": "ann", "decision": "postponed"}]),
    ("decide", [{"operator": "ann", "decision": "expired"}]),
    ("decide", [{"operator": "ann", "decision": "edited"}]),
    ("decide", [{"operator": "ann", "decision": "edited", "final_text": "x" * 3001}]),
    ("decide", [{"decision": "approved"}]),
    ("withdraw", [{"operator": ""}]),
    ("delivery", [{}]),
    ("retry_callback", [{"operator": "ann"}]),
]
DECISIONS: list[tuple[str, dict[str, str], str, str]] = [
    ("decide", {"decision": "approved"}, "approved", "Approved by an operator"),
    ("decide", {"decision": "rejected"}, "rejected", "Skipped by an operator"),
    ("decide", {"decision": "edited", "final_text": "Better"}, "edited", "Edited by an operator"),
    ("withdraw", {}, "expired", "Withdrawn"),
]


async def test_operator_decides_by_name_and_every_chat_is_told(stack: Stack) -> None:
    async def is_decided(signal: str, wish: dict[str, str], decision: str, receipt: str) -> None:
        owner = Owner()
        candidate = await stack.core.accepted(owner)
        for channel in ("whatsapp", "imessage"):
            await stack.phone.until_prompted(channel, candidate["id"])

        await stack.run_of(candidate["id"]).signal(signal, {"operator": "ann", "ticket": 17, **wish})

        decided = await stack.phone.until_decided(candidate["id"])
        text = {"approved": candidate["proposed_text"], "edited": "Better"}.get(decision)
        assert (decided["decision"], decided["decider"], decided["final_text"]) == (decision, "operator:ann", text)
        for channel in ("whatsapp", "imessage"):
            await stack.phone.until_message(channel, owner, f"{receipt}: {number_of(candidate['id'])} ")

    await asyncio.gather(*(is_decided(*case) for case in DECISIONS))


async def test_malformed_signal_changes_nothing_and_is_mentioned_without_its_text(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])

    for signal, arguments in MALFORMED:
        await run.signal("ask_again")  # which is mentioned in the same line
        await run.signal(signal, args=arguments)
        details = await current_details(run)
        assert f"- **Ignored**: {signal} " in details, (signal, arguments)
        assert SECRET not in details
    assert (await stack.core.candidate(candidate["id"]))["decision"] is None
    await run.signal("decide", {"operator": "bob", "decision": "rejected"})

    assert (await run.result()).decider == "operator:bob"
    assert SECRET not in stack.worker.output + stack.api.output


async def test_retry_of_a_callback_that_is_not_parked_is_not_remembered(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])
    await stack.phone.fault("core.decisions", match=candidate["id"], status=400)
    await run.signal(ApprovalWorkflow.retry_callback)
    await run.signal("withdraw", {"operator": "ann"})

    await stack.core.until_callback(candidate["id"], "parked")
    assert "signal retry_callback to retry" in await current_details(run)
    assert len(await stack.phone.attempts("core.decisions", contains=candidate["id"])) == 1


async def test_reply_from_a_later_version_is_answered_and_not_dropped(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])
    reply = {"message_key": "m1", "sender": owner.whatsapp, "received_at": None, "mood": "good"}

    await run.signal("reply", {**reply, "outcome": "postponed", "text": None})
    await stack.phone.until_message("whatsapp", owner, "Nothing was decided: that was not understood")
    stranger = {**reply, "message_key": "m3", "sender": "whatsapp:+19990000000", "outcome": "approved"}
    ignored: list[list[Any]] = [[], [None], [{}], [{"sender": None, "outcome": None}], [stranger]]
    for arguments in ignored:
        await run.signal("reply", args=arguments)
    await run.signal("reply", {**reply, "message_key": "m2", "outcome": "approved", "text": None})

    assert (await run.result()).decider == owner.whatsapp


async def test_run_says_what_it_is_and_why_it_waits_without_any_address(stack: Stack, owner: Owner) -> None:
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])
    prompts = [await stack.phone.until_prompted(c, candidate["id"]) for c in ("whatsapp", "imessage")]
    details = (await until_details(run, "asked", times=2)).splitlines()
    assert [line.partition("**: ")[0] for line in details] == ["- **Deadline", "- **WhatsApp", "- **iMessage"]
    description = await run.describe()
    assert await description.static_summary() == f"{candidate['brand_id']} on x: {candidate['id']}"
    assert candidate["context_url"] in (await description.static_details() or "")
    attributes = description.typed_search_attributes
    assert attributes[search_attributes.BRAND_ID] == candidate["brand_id"]
    assert attributes[search_attributes.APPROVAL_STATE] == "prompted"
    assert set(attributes[search_attributes.PROMPT_IDS]) == {"whatsapp", "imessage", prompts[0]["id"]}
    assert len(attributes[search_attributes.OWNER]) == 2
    plain = str(description.raw_description.workflow_execution_info.search_attributes)
    assert owner.whatsapp.removeprefix("whatsapp:") not in plain
    assert owner.imessage not in plain

    await stack.phone.says("imessage", owner, f"skip {candidate['id']}")
    await run.result()
    description = await run.describe()
    assert description.typed_search_attributes[search_attributes.APPROVAL_STATE] == "rejected"
    assert (await stack.core.candidate(candidate["id"]))["callback"] == "delivered"
    assert (await description.memo())["decision"]["decider"] == f"imessage:{owner.imessage}"
    at_the_end = await current_details(run)
    for told in (
        "Decision**: rejected on iMessage",
        "Callback**: delivered",
        "Receipt on WhatsApp**: handed to the chat's run",
    ):
        assert f"- **{told}" in at_the_end
    assert owner.imessage not in at_the_end


async def test_run_says_why_a_prompt_was_refused_and_why_a_callback_is_parked(stack: Stack, owner: Owner) -> None:
    for target, address in (("twilio.messages", owner.whatsapp), ("photon.send", owner.imessage)):
        await stack.phone.fault(target, match=address, status=400, code=21211)
    candidate = draft(owner)
    await stack.phone.fault("core.decisions", match=candidate["id"], status=410)
    await stack.core.post(candidate)
    await stack.core.until_callback(candidate["id"], "parked")

    details = await current_details(stack.run_of(candidate["id"]))

    assert "- **WhatsApp**: part 1 refused: Twilio answered 400" in details
    assert "- **Decision**: expired by system:undeliverable" in details
    assert re.search(r"\*\*Callback\*\*: parked .* UTC: core answered 410; signal retry_callback to retry", details)


async def test_answers_and_the_subscription_show_their_state(stack: Stack, owner: Owner) -> None:
    await asked(stack, "imessage", owner)
    said = await stack.phone.says("imessage", owner, "help")
    await stack.phone.until_message("imessage", owner, "yes = post it")
    query = f"WorkflowId STARTS_WITH 'reply/imessage/{said.message_id}-'"

    async def found() -> str | None:
        return next(iter([run.id async for run in stack.client.list_workflows(query)]), None)

    answer = stack.client.get_workflow_handle(await until(found))
    await answer.result()

    assert await current_details(answer) == "- **Answer**: sent"
    subscription = stack.client.get_workflow_handle(PHOTON_SUBSCRIPTION_WORKFLOW_ID)
    assert await current_details(subscription)
