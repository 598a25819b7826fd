"""Sends that might have arrived, that are refused, or that a decision overtakes."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.writing.wording import REPETITION
from tests.harness.core import CandidateBody
from tests.harness.operator import current_details, handed_over, timers, until_details
from tests.harness.phone import TARGETS, Owner
from tests.harness.processes import until
from tests.harness.skipping import SkippingGateway
from tests.harness.stack import Stack
from workflows import search_attributes
from workflows.approval import ApprovalWorkflow
from workflows.signals import AskAgain, AttemptStatus, Reply, Withdrawal

UNKNOWN_OUTCOMES: list[tuple[str, dict[str, Any]]] = [
    ("whatsapp", {"drop": True}),
    ("whatsapp", {"status": 500}),
    ("imessage", {"status": 500, "accept": True}),
]
INVALID_NUMBER: dict[str, Any] = {"target": "twilio.messages", "status": 400, "code": 21211}
NO_ADDRESS: dict[str, Any] = {"target": "photon.send", "status": 400}


@dataclass(frozen=True)
class Unanswered:
    owner: Owner
    candidate: CandidateBody


@pytest.fixture(scope="module", autouse=True)
async def unanswered(shared_stack: Stack) -> Unanswered:
    """A prompt that Twilio accepts without ever answering, while the other tests run."""
    owner, phone = Owner(), shared_stack.phone
    await phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, hang=True)
    await phone.fault(**NO_ADDRESS, match=owner.imessage, times=1)
    candidate = await shared_stack.core.accepted(owner)
    await asyncio.gather(
        phone.until_prompted("whatsapp", candidate["id"]),
        until(lambda: phone.prompt_attempts("imessage", candidate["id"])),
    )
    return Unanswered(owner, candidate)


async def until_asked(gateway: SkippingGateway, candidate: CandidateBody, channel: str) -> None:
    async def asked() -> bool:
        attributes = (await gateway.run_of(candidate["id"]).describe()).typed_search_attributes
        return channel in attributes.get(search_attributes.PROMPT_IDS, [])

    await until(asked)


async def test_send_without_proof_is_repeated_after_a_minute(skipping: SkippingGateway) -> None:
    async def is_repeated(channel: str, fault: dict[str, Any]) -> None:
        owner = Owner()
        await skipping.phone.fault(TARGETS[channel], match=owner.address(channel), times=1, **fault)
        candidate, run = await skipping.accepted(owner, deadline_sec=3600)
        await until_asked(skipping, candidate, channel)

        await skipping.env.fast_forward(run, timedelta(seconds=40))
        assert len(await skipping.phone.prompt_attempts(channel, candidate["id"])) == 1
        await skipping.env.fast_forward(run, timedelta(seconds=40))

        await until_attempts(skipping, channel, candidate, 2)
        first, second = await skipping.phone.prompt_attempts(channel, candidate["id"])
        assert second["text"] == _repeated(first["text"])
        await skipping.env.fast_forward(run, timedelta(seconds=3600))
        assert (await run.result()).decider == "system:timeout"
        assert len(await skipping.phone.prompt_attempts(channel, candidate["id"])) == 2

    await asyncio.gather(*(is_repeated(*case) for case in UNKNOWN_OUTCOMES))


def _repeated(text: str) -> str:
    """Returns a prompt with its mark, and without the time left, which counted from the first."""
    title, rest = text.split("\n", 1)
    return f"{title}\n{REPETITION}\n" + re.sub(r" \(\d+ h\)\. ", ". ", rest, count=1)


async def until_attempts(gateway: SkippingGateway, channel: str, candidate: CandidateBody, number: int) -> None:
    await until(lambda: gateway.phone.prompt_attempts(channel, candidate["id"]), lambda made: len(made) == number)


async def test_send_without_proof_is_repeated_at_longer_and_longer_intervals(skipping: SkippingGateway) -> None:
    """Four times if no provider can be asked about it, then hourly if Twilio knows no message."""

    async def is_repeated(channel: str, after_four: int) -> None:
        owner = Owner()
        await skipping.phone.fault(TARGETS[channel], match=owner.address(channel), status=500)
        candidate, run = await skipping.accepted(owner, deadline_sec=24 * 3600)
        await until_attempts(skipping, channel, candidate, 1)
        for number, minutes in enumerate((1, 4, 10, 45), start=2):
            await until_asked(skipping, candidate, channel)
            await skipping.env.fast_forward(run, timedelta(minutes=minutes) + timedelta(seconds=5))
            await until_attempts(skipping, channel, candidate, number)

        await skipping.env.fast_forward(run, timedelta(hours=1, minutes=5))
        await until_attempts(skipping, channel, candidate, 5 + after_four)
        await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
        await run.result()
        assert len(await skipping.phone.prompt_attempts(channel, candidate["id"])) == 5 + after_four

    await asyncio.gather(is_repeated("whatsapp", 1), is_repeated("imessage", 0))


async def test_send_that_twilio_has_after_all_is_found_and_not_repeated(skipping: SkippingGateway) -> None:
    async def is_found(draft: str) -> None:
        owner = Owner()
        await skipping.phone.fault(**NO_ADDRESS, match=owner.imessage)
        await skipping.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
        candidate, run = await skipping.accepted(owner, deadline_sec=3600, proposed_text=draft)
        await until_asked(skipping, candidate, "whatsapp")
        record = await skipping.candidates.read(candidate["id"])
        assert (record.state, record.prompts[0].standing) == ("new", "sent, arrival unknown")
        assert "sent, arrival unknown" in await current_details(run)

        await skipping.env.fast_forward(run, timedelta(seconds=80))
        await until(
            lambda: skipping.candidates.read(candidate["id"]),
            lambda record: (record.state, record.prompts[0].standing) == ("prompted", "arrived"),
        )
        texts = await skipping.phone.texts("whatsapp", owner)
        assert not any("(repeated, " in text for text in texts)
        await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
        await run.result()

    await asyncio.gather(is_found("Short."), is_found("word " * 600))


async def test_message_that_twilio_does_not_list_yet_is_repeated_marked(
    skipping: SkippingGateway, owner: Owner
) -> None:
    await skipping.phone.listing(lag_sec=3600)
    await skipping.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
    candidate, run = await skipping.accepted(owner, deadline_sec=3600, owner_imessage=None)
    await until_asked(skipping, candidate, "whatsapp")

    await skipping.env.fast_forward(run, timedelta(seconds=80))
    await until_attempts(skipping, "whatsapp", candidate, 2)

    first, second = await skipping.phone.texts("whatsapp", owner)
    assert second == _repeated(first)
    await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    await run.result()


async def test_owner_is_asked_as_soon_as_an_outage_of_twilio_is_over(skipping: SkippingGateway, owner: Owner) -> None:
    await skipping.phone.fault(**NO_ADDRESS, match=owner.imessage)
    for target in ("twilio.messages", "twilio.list"):
        await skipping.phone.fault(target, match=owner.whatsapp, status=503)
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await until_asked(skipping, candidate, "whatsapp")
    await skipping.env.fast_forward(run, timedelta(seconds=65))
    await until(lambda: skipping.phone.attempts("twilio.list"), lambda tries: len(tries) > 1)
    await skipping.env.fast_forward(run, timedelta(minutes=2))
    assert len(await skipping.phone.prompt_attempts("whatsapp", candidate["id"])) == 1
    record = await skipping.candidates.read(candidate["id"])
    assert (record.state, record.prompts[0].standing) == ("new", "sent, arrival unknown")
    assert "looking for it at Twilio" in await current_details(run)

    await skipping.phone.heal()
    await skipping.env.fast_forward(run, timedelta(seconds=15))
    await skipping.phone.until_message("whatsapp", owner, "(repeated, ")

    await run.signal(ApprovalWorkflow.reply, Reply("m1", owner.whatsapp, "approved"))
    assert (await run.result()).decider == owner.whatsapp


async def test_prompt_that_a_passing_fault_returns_is_sent_again(skipping: SkippingGateway, owner: Owner) -> None:
    draft = "word " * 600
    candidate, run = await skipping.accepted(owner, deadline_sec=3600, owner_imessage=None, proposed_text=draft)
    first = await skipping.phone.until_message("whatsapp", owner, "(1/3)")
    await skipping.phone.until_message("whatsapp", owner, "(3/3)")
    await until_asked(skipping, candidate, "whatsapp")

    await run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", first["id"], "undelivered", "63018"))
    await skipping.env.fast_forward(run, timedelta(seconds=80))
    await skipping.phone.until_message("whatsapp", owner, "(1/3)\n(repeated, ")

    texts = await skipping.phone.texts("whatsapp", owner)
    assert [_number(text) for text in texts] == ["(1/3)", "(2/3)", "(3/3)", "(1/3)"]
    await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    await run.result()


async def test_template_that_is_needed_while_a_part_waits_is_sent_at_once(
    skipping: SkippingGateway, owner: Owner
) -> None:
    draft = "word " * 600
    candidate, run = await skipping.accepted(owner, deadline_sec=3600, owner_imessage=None, proposed_text=draft)
    first, second, _ = [await skipping.phone.until_message("whatsapp", owner, f"({n}/3)") for n in range(1, 4)]
    await until_asked(skipping, candidate, "whatsapp")

    await run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-2", second["id"], "undelivered", "63018"))
    await run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", first["id"], "undelivered", "63016"))
    await until(
        lambda: skipping.candidates.read(candidate["id"]),
        lambda record: (record.prompts[0].standing, record.prompts[0].error_code) == ("failed", "63016"),
    )
    await run.signal(ApprovalWorkflow.withdraw, Withdrawal("ann"))
    await run.result()


async def test_operator_has_a_prompt_sent_again(skipping: SkippingGateway, owner: Owner) -> None:
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    for channel in TARGETS:
        await until_asked(skipping, candidate, channel)

    await run.signal(ApprovalWorkflow.ask_again, AskAgain())
    await run.signal(ApprovalWorkflow.ask_again, AskAgain("ann", "telegram"))
    assert "ask_again needs an operator" in await current_details(run)
    await run.signal(ApprovalWorkflow.ask_again, AskAgain("ann", "whatsapp"))
    await skipping.phone.until_message("whatsapp", owner, "(repeated, ")
    assert "WhatsApp, by ann" in await current_details(run)
    assert len(await skipping.phone.texts("imessage", owner)) == 1

    await run.signal(ApprovalWorkflow.ask_again, AskAgain("ann"))
    await skipping.phone.until_message("imessage", owner, "(repeated, ")
    await until_attempts(skipping, "whatsapp", candidate, 3)
    await run.signal(ApprovalWorkflow.reply, Reply("m1", owner.whatsapp, "approved"))
    await run.result()


async def test_reply_that_decides_nothing_shows_that_the_prompt_arrived(skipping: SkippingGateway) -> None:
    async def is_not_repeated(channel: str) -> None:
        owner = Owner()
        target = TARGETS[channel]
        await skipping.phone.fault(target, match=owner.address(channel), times=1, status=500, accept=True)
        candidate, run = await skipping.accepted(owner, deadline_sec=3600)
        await until_asked(skipping, candidate, channel)

        await skipping.env.fast_forward(run, timedelta(seconds=20))
        sender = owner.whatsapp if channel == "whatsapp" else f"imessage:{owner.imessage}"
        await run.signal(ApprovalWorkflow.reply, Reply("m1", sender, "edited", "x" * 3001))
        await skipping.phone.until_message(channel, owner, "Nothing was decided")

        await skipping.env.fast_forward(run, timedelta(seconds=3600))
        assert (await run.result()).decider == "system:timeout"
        assert len(await skipping.phone.prompt_attempts(channel, candidate["id"])) == 1

    await asyncio.gather(*map(is_not_repeated, TARGETS))


async def test_decision_during_the_wait_for_proof_prevents_a_repetition(skipping: SkippingGateway) -> None:
    for decided_by in ("reply", "cancellation"):
        owner = Owner()
        await skipping.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
        candidate, run = await skipping.accepted(owner, deadline_sec=3600)
        await until_asked(skipping, candidate, "whatsapp")

        await skipping.env.fast_forward(run, timedelta(seconds=40))
        if decided_by == "reply":
            await run.signal(ApprovalWorkflow.reply, Reply("m1", owner.whatsapp, "approved"))
        else:
            await run.cancel()

        assert (await run.result()).outcome == {"reply": "approved", "cancellation": "expired"}[decided_by]
        assert len(await skipping.phone.prompt_attempts("whatsapp", candidate["id"])) == 1


async def test_send_that_twilio_reports_is_not_repeated(skipping: SkippingGateway, owner: Owner) -> None:
    await skipping.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, drop=True)
    candidate, run = await skipping.accepted(owner, deadline_sec=3600)
    await until_asked(skipping, candidate, "whatsapp")
    sid = (await skipping.phone.until_prompted("whatsapp", candidate["id"]))["id"]

    await skipping.env.fast_forward(run, timedelta(seconds=40))
    await run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid, "sent"))
    await skipping.env.fast_forward(run, timedelta(seconds=3600))

    assert (await run.result()).decider == "system:timeout"
    assert len(await skipping.phone.prompt_attempts("whatsapp", candidate["id"])) == 1
    attributes = (await run.describe()).typed_search_attributes
    assert sid in attributes.get(search_attributes.PROMPT_IDS, [])


async def test_long_draft_arrives_whole_in_numbered_parts(stack: Stack) -> None:
    async def arrives(draft: str) -> None:
        owner = Owner()
        await stack.core.accepted(owner, proposed_text=draft)
        await stack.phone.until_message("whatsapp", owner, "yes · no · edit")

        texts = await stack.phone.texts("whatsapp", owner)

        assert len(texts) > 1
        assert [_number(text) for text in texts] == [f"({n}/{len(texts)})" for n in range(1, len(texts) + 1)]
        assert all(len(text.encode("utf-16-le")) // 2 <= 1600 for text in texts)
        lines = [line.removeprefix("│ ") for text in texts for line in text.split("\n") if line.startswith("│ ")]
        assert ("\n" if "\n" in draft else "").join(lines) == draft

    one_line = "🙂 word " * 375
    many_lines = "\n".join(["A line of its own, and then another one to come."] * 61)
    await asyncio.gather(arrives(one_line), arrives(many_lines))


async def test_part_that_might_be_missing_is_repeated_and_the_rest_follows(
    skipping: SkippingGateway, owner: Owner
) -> None:
    await skipping.phone.fault("twilio.messages", match="(2/3)", times=1, drop=True)
    _, run = await skipping.accepted(owner, deadline_sec=3600, proposed_text="word " * 600)
    await until_details(run, "part 2 sent, arrival unknown")
    await skipping.env.fast_forward(run, timedelta(seconds=80))
    await skipping.phone.until_message("whatsapp", owner, "(3/3)")

    texts = await skipping.phone.texts("whatsapp", owner)
    assert [_number(text) for text in texts] == ["(1/3)", "(2/3)", "(3/3)"]
    assert ["(repeated, " in text for text in texts] == [False, True, False]
    await run.signal(ApprovalWorkflow.reply, Reply("m1", owner.whatsapp, "approved"))
    await run.result()


async def test_channel_that_refuses_for_good_leaves_the_other_working(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault(**INVALID_NUMBER, match=owner.whatsapp)
    candidate = await stack.core.accepted(owner)
    await stack.phone.until_prompted("imessage", candidate["id"])

    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == f"imessage:{owner.imessage}"
    await stack.run_of(candidate["id"]).result()
    assert len(await stack.phone.attempts("twilio.messages", contains=candidate["id"])) == 1


async def test_candidate_that_nobody_can_be_asked_about_expires_at_once(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault(**INVALID_NUMBER, match=owner.whatsapp)
    await stack.phone.fault(**NO_ADDRESS, match=owner.imessage)
    candidate = await stack.core.accepted(owner)

    decided = await stack.phone.until_decided(candidate["id"])

    assert (decided["decision"], decided["decider"]) == ("expired", "system:undeliverable")
    entry = await stack.core.until_state(candidate["id"], "expired")
    age = milliseconds_between(entry["created_at"], entry["decided_at"])
    assert abs(decided["latency_ms"] - age) <= 1


async def test_only_a_receipt_follows_a_prompt_that_overlaps_a_decision(stack: Stack, owner: Owner) -> None:
    await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, delay_sec=2)
    candidate = await stack.core.accepted(owner, proposed_text="word " * 600)
    await asyncio.gather(
        until(lambda: stack.phone.attempts("twilio.messages", contains=candidate["brand_id"])),
        stack.phone.until_prompted("imessage", candidate["id"]),
    )
    await stack.phone.says("imessage", owner, f"approve {candidate['id']}")

    decided = await stack.phone.until_decided(candidate["id"])
    await stack.phone.until_message("whatsapp", owner, "Approved on iMessage")
    prompt, receipt = await stack.phone.messages("whatsapp", owner)
    assert decided["at"] < prompt["at"]
    assert _number(prompt["text"]) == "(1/3)"
    assert "no answer any more" in receipt["text"]
    await stack.run_of(candidate["id"]).result()
    assert len(await stack.phone.texts("whatsapp", owner)) == 2


async def test_verdict_read_before_the_end_of_the_send_needs_no_receipt_if_the_prompt_was_there_before(
    stack: Stack,
) -> None:
    async def receipts(received_after: timedelta) -> int:
        owner = Owner()
        await stack.phone.fault(**NO_ADDRESS, match=owner.imessage)
        await stack.phone.fault("twilio.messages", match=owner.whatsapp, times=1, accept=True, delay_sec=2)
        candidate = await stack.core.accepted(owner)
        prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
        received_at = datetime.fromtimestamp(prompt["at"], UTC) + received_after
        reply = Reply("m1", owner.whatsapp, "approved", received_at=received_at.isoformat())
        await stack.run_of(candidate["id"]).signal(ApprovalWorkflow.reply, reply)
        await stack.run_of(candidate["id"]).result()
        return len(await handed_over(stack.run_of(candidate["id"])))

    before_twilio_answered, after = timedelta(seconds=1), timedelta(minutes=1)
    assert list(await asyncio.gather(receipts(before_twilio_answered), receipts(after))) == [1, 0]


async def test_send_that_times_out_is_settled_by_what_twilio_reports(stack: Stack, unanswered: Unanswered) -> None:
    owner, candidate_id = unanswered.owner, unanswered.candidate["id"]
    await until_details(stack.run_of(candidate_id), "**WhatsApp**: asked")
    await stack.phone.says("whatsapp", owner, f"approve {candidate_id}")

    assert (await stack.phone.until_decided(candidate_id))["decider"] == owner.whatsapp
    await stack.run_of(candidate_id).result()
    assert len(await stack.phone.prompt_attempts("whatsapp", candidate_id)) == 1
    assert await timers(stack.run_of(candidate_id)) == ["deadline"]


def milliseconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) / timedelta(milliseconds=1)


def _number(part: str) -> str:
    """Returns the part of a prompt that a message is, according to its first line."""
    return part.splitlines()[0].split(" ")[-1]
