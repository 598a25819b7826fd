"""Of Twilio's reports, failures and first proofs count; all others cost nothing."""

import asyncio
from uuid import uuid4

import httpx

from tests.harness.asking import asked
from tests.harness.core import draft
from tests.harness.edges import twilio_reports
from tests.harness.operator import current_details, handed_over, signals, timers, until_details
from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import CORE_SECRET, Stack
from workflows import search_attributes

DELIVERED = [{"status": status} for status in ("sent", "delivered", "read")]
UNDELIVERED = {"status": "undelivered", "error_code": 63003}


async def test_report_settles_a_send_whose_outcome_is_unknown(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
    candidate = await stack.core.accepted(owner)
    run = stack.run_of(candidate["id"])
    await until_details(run, "**WhatsApp**: asked")
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    assert prompt["id"] in (await run.describe()).typed_search_attributes.get(search_attributes.PROMPT_IDS, [])
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == owner.whatsapp
    await run.result()
    assert len(await stack.phone.prompt_attempts("whatsapp", candidate["id"])) == 1
    assert await signals(run) == ["delivery", "reply"]
    assert await timers(run) == ["deadline", "WhatsApp: before part 1 is repeated"]


async def test_reports_of_an_ordinary_prompt_cost_neither_a_signal_nor_an_event(
    stack: Stack, owner: Owner, plain_edge: httpx.AsyncClient
) -> None:
    await stack.phone.statuses({"status": "queued", "delay_sec": 1.5}, *DELIVERED)
    candidate = draft(owner, owner_imessage=None)
    headers = {"Authorization": f"Bearer {CORE_SECRET}"}
    assert (await plain_edge.post("/candidate", json=candidate, headers=headers)).status_code == 202
    run = stack.run_of(candidate["id"])
    await until(
        lambda: stack.phone.until_prompted("whatsapp", candidate["id"]), lambda prompt: prompt["status"] == "read"
    )
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await run.result()

    assert await signals(run) == ["reply"]
    assert len((await run.fetch_history()).events) == 27


async def test_undelivered_prompt_leaves_the_other_channel_working(stack: Stack, owner: Owner) -> None:
    await stack.phone.statuses({"status": "sent"}, UNDELIVERED)
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("imessage", candidate["id"])
    await until_details(stack.run_of(candidate["id"]), "undelivered, error 63003")
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == f"imessage:{owner.imessage}"
    run = stack.run_of(candidate["id"])
    await run.result()
    assert len(await stack.phone.attempts("twilio.messages", contains=candidate["id"])) == 1
    assert await handed_over(run) == ["receipt/imessage"], "none on WhatsApp"


async def test_candidate_whose_prompts_all_fail_is_undeliverable_at_once(stack: Stack, owner: Owner) -> None:
    await stack.phone.statuses(UNDELIVERED)
    await stack.phone.fault("photon.send", match=owner.imessage, status=400)
    candidate = await stack.core.accepted(owner)

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")


async def test_rest_of_a_failed_prompt_is_not_sent_and_a_receipt_follows_what_arrived(
    stack: Stack, owner: Owner
) -> None:
    await stack.phone.fault("twilio.messages", match="(2/3)", times=1, delay_sec=1.5)
    candidate = await stack.core.accepted(owner, proposed_text="word " * 600)
    first = await stack.phone.until_message("whatsapp", owner, "(1/3)")
    await until_second_is_sent(stack, candidate["id"])

    assert await twilio_reports(stack, candidate["id"], first["id"], "undelivered") == 204
    await stack.phone.until_message("whatsapp", owner, "(2/3)")
    await stack.phone.says("imessage", owner, f"skip {candidate['id']}")

    await stack.phone.until_message("whatsapp", owner, "Skipped on iMessage")
    texts = await stack.phone.texts("whatsapp", owner)
    assert [text.partition("\n")[0][-5:] for text in texts[:-1]] == ["(1/3)", "(2/3)"]


async def until_second_is_sent(stack: Stack, candidate_id: str) -> None:
    async def sending() -> bool:
        return "sending part 2" in await current_details(stack.run_of(candidate_id))

    await until(sending)


async def test_outside_the_window_and_without_a_template_the_prompt_fails(stack: Stack, owner: Owner) -> None:
    await stack.phone.close_window(owner)
    await stack.phone.fault("photon.send", match=owner.imessage, status=400)
    candidate = await stack.core.accepted(owner)

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == "system:undeliverable"
    assert len(await stack.phone.attempts("twilio.messages", contains=candidate["id"])) == 1


async def test_reports_that_are_forged_foreign_repeated_or_late_do_nothing(stack: Stack, owner: Owner) -> None:
    await stack.phone.statuses()  # otherwise its reports might overtake the response to the send
    candidate, other = await asyncio.gather(asked(stack, "whatsapp", owner), asked(stack, "whatsapp", owner))
    sid = (await stack.phone.until_prompted("whatsapp", candidate["id"]))["id"]
    foreign = f"SM{uuid4().hex}"

    assert await twilio_reports(stack, candidate["id"], sid, "failed", signature="forged") == 403
    assert await twilio_reports(stack, "cr_unknown", sid, "failed") == 204
    assert await twilio_reports(stack, "x" * 5000, sid, "failed") == 204
    assert await twilio_reports(stack, candidate["id"], f"SM{'0' * 5000}", "failed") == 403
    assert await twilio_reports(stack, candidate["id"], sid, "") == 204
    for attempt in ("nonsense", "1-1-1", "0-1"):
        assert await twilio_reports(stack, candidate["id"], sid, "failed", attempt=attempt) == 204
    assert await signals(stack.run_of(candidate["id"])) == []
    for attempt in ("9-1", "1-2", "1-1-repeated", "2-1", "1-template"):
        assert await twilio_reports(stack, candidate["id"], f"SM{uuid4().hex}", "failed", attempt=attempt) == 204
    assert await twilio_reports(stack, candidate["id"], foreign, "failed") == 204
    assert await twilio_reports(stack, candidate["id"], foreign, "delivered") == 204
    for status in ("read", "sent", "delivered", "sent"):
        assert await twilio_reports(stack, candidate["id"], sid, status) == 204
    assert await signals(stack.run_of(candidate["id"])) == ["delivery"] * 7

    await stack.phone.fault("core.decisions", match=candidate["id"], status=410)
    await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
    await stack.core.until_callback(candidate["id"], "parked")
    assert await twilio_reports(stack, candidate["id"], sid, "failed") == 204
    assert (await signals(stack.run_of(candidate["id"])))[7:] == ["reply"]
    assert await signals(stack.run_of(other["id"])) == []
