"""Replies and sends while no worker processes events."""

from datetime import datetime
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from tests.harness.accepting import unread
from tests.harness.asking import asked, asked_everywhere
from tests.harness.chats import until_read
from tests.harness.naming import label, number
from tests.harness.operator import pending_activities, until_found
from tests.harness.phone import Owner
from tests.harness.processes import until, until_clock
from tests.harness.stack import Stack

pytestmark = pytest.mark.faults


async def test_prompt_of_a_worker_that_is_gone_makes_a_bare_verb_ambiguous(stack: Stack, owner: Owner) -> None:
    noted = await asked_everywhere(stack, "whatsapp", owner)
    await stack.phone.fault("twilio.messages", delay_sec=8, accept=True, match=owner.whatsapp, times=1)
    unnoted = await stack.core.accepted(owner, owner_imessage=None)
    run = stack.run_of(unnoted["id"])
    await stack.phone.until_prompted("whatsapp", unnoted["id"])
    await stack.worker.kill()
    try:
        await until(lambda: _nothing_is_pending(run), within=80)
        (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words
    finally:
        await stack.worker.start()

    assert "Which one?" in words
    assert f"{number(noted)} · " in words
    assert f"{number(unnoted)} · " in words


async def test_redelivery_of_an_unread_reply_after_the_deadline_gets_the_same_answer(
    stack: Stack, owner: Owner
) -> None:
    candidate = await asked(stack, "whatsapp", owner, deadline_sec=10)
    await stack.worker.stop()
    try:
        first = await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")
        await until_clock(datetime.fromisoformat((await stack.core.candidate(candidate["id"]))["deadline"]))
        second = await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}", message_id=first.message_id)
    finally:
        await stack.worker.start()

    assert second.words == first.words == [f"Got it: post {label(candidate)}"]
    assert (await stack.phone.until_decided(candidate["id"]))["decision"] == "approved"


async def test_reply_after_a_cancellation_that_nobody_has_read_changes_nothing(stack: Stack, owner: Owner) -> None:
    """The SDK delivers signals before other events that a run reads together with them."""
    candidate = await asked(stack, "whatsapp", owner)
    await stack.worker.stop()
    try:
        await stack.run_of(candidate["id"]).cancel()
        (words,) = (await stack.phone.says("whatsapp", owner, f"approve {candidate['id']}")).words
    finally:
        await stack.worker.start()

    assert words == f"{label(candidate)} is closed. Your message changes nothing."
    assert (await stack.phone.until_decided(candidate["id"]))["decider"] == "operator:cancelled"


async def test_send_cut_off_with_its_worker_over_the_deadline_lets_the_candidate_expire(
    stack: Stack, owner: Owner
) -> None:
    await stack.phone.fault("twilio.messages", delay_sec=8, accept=True, match=owner.whatsapp, times=1)
    candidate = await stack.core.accepted(owner, deadline_sec=10)
    await stack.phone.until_prompted("whatsapp", candidate["id"])
    await stack.worker.kill()
    try:
        await until_clock(datetime.fromisoformat((await stack.core.candidate(candidate["id"]))["deadline"]))
    finally:
        await stack.worker.start()

    decided = await stack.phone.until_decided(candidate["id"], within=60)
    assert (decided["decision"], decided["decider"]) == ("expired", "system:timeout")


async def test_bare_verb_finds_the_one_prompt_behind_many_candidates_that_wait(stack: Stack, owner: Owner) -> None:
    prompted = await asked(stack, "whatsapp", owner)
    await until_read(stack, "whatsapp", owner, prompted)
    await unread(stack, 51, owner, brand_id=prompted["brand_id"])
    await until_found(stack.client, f"BrandId = '{prompted['brand_id']}'", 1 + 51)

    (words,) = (await stack.phone.says("whatsapp", owner, "approve")).words

    assert words == f"Got it: post {label(prompted)}"


async def _nothing_is_pending(run: WorkflowHandle[Any, Any]) -> bool:
    return not await pending_activities(run)
