"""Prompts that fail or have an unknown outcome are repeated, and may end the candidate."""

import re
from datetime import timedelta
from itertools import repeat

import pytest

from domain.channels import Channel
from domain.decision import Outcome
from domain.sending.message_search import FoundMessage
from domain.sending.slots import SlotAnswer, SlotStatus
from domain.writing.wording import REPETITION
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import until_details
from tests.harness.processes import until
from tests.harness.recording import LOST, NO_LIST, refused, sid
from tests.workflows.lives import Lives
from workflows.approval import ApprovalWorkflow
from workflows.search_attributes import APPROVAL_STATE, PROMPT_IDS
from workflows.signals import AskAgain, AttemptStatus

LONG = "word " * 600
NO_SUCH_NUMBER, OUTSIDE_WINDOW, BUSY = "21211", "63016", "63018"


async def test_candidate_that_no_channel_delivers_expires_at_once(lives: Lives) -> None:
    for channel in Channel:
        lives.activities.script_sends(channel, [refused(NO_SUCH_NUMBER)])
    life = await lives.begin()

    decision = await life.run.result()

    assert (decision.outcome, decision.decider) == (Outcome.EXPIRED, "system:undeliverable")
    assert [delivery.decision for delivery in lives.activities.deliveries] == [decision]
    assert [lives.activities.others(channel) for channel in Channel] == [[], []]


async def test_channel_that_fails_leaves_the_candidate_to_the_other(lives: Lives) -> None:
    lives.activities.script_sends(Channel.WHATSAPP, [refused(NO_SUCH_NUMBER)])
    life = await lives.begin()
    await life.until_asked(Channel.IMESSAGE)
    await until_details(life.run, f"error {NO_SUCH_NUMBER}")

    await life.replies(IMESSAGE, "approved")

    assert (await life.run.result()).decider == str(IMESSAGE)
    assert len(lives.activities.prompts(Channel.WHATSAPP)) == 1
    assert lives.activities.others(Channel.WHATSAPP) == [], "nobody was asked there"


async def test_parts_of_a_long_prompt_go_out_one_after_the_other(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,), proposed_text=LONG)
    await life.until_asked(Channel.WHATSAPP)

    parts = lives.activities.prompts(Channel.WHATSAPP)
    assert [part.splitlines()[0][-5:] for part in parts] == [
        f"({number}/{len(parts)})" for number in range(1, len(parts) + 1)
    ]
    attributes = (await life.run.describe()).typed_search_attributes
    assert attributes[APPROVAL_STATE] == "prompted"
    assert set(attributes[PROMPT_IDS]) == {"whatsapp", *(sid(number) for number in range(1, len(parts) + 1))}
    await life.run.terminate()


@pytest.mark.parametrize(("waits", "told"), [(30, " (15 min). "), (70, ". ")])
async def test_prompt_that_waited_for_its_slot_does_not_say_how_much_time_is_left(
    lives: Lives, waits: int, told: str
) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [SlotAnswer(SlotStatus.WAIT, timedelta(seconds=waits))])
    life = await lives.begin(approvers=(WHATSAPP,))
    await until_details(life.run, "waiting for a slot")

    await life.passes(timedelta(seconds=waits + 5))
    await life.until_asked(Channel.WHATSAPP)

    [prompt] = lives.activities.prompts(Channel.WHATSAPP)
    assert re.search(r"\nUntil \d\d:\d\d UTC(?: on \w+ \d+ \w+)?" + re.escape(told), prompt)


async def test_prompt_whose_arrival_nothing_shows_is_repeated_marked(lives: Lives) -> None:
    for channel in Channel:
        lives.activities.script_sends(channel, [LOST])
    life = await lives.begin(lasts=timedelta(hours=1))
    await until_details(life.run, "arrival unknown", times=2)
    assert (await life.run.describe()).typed_search_attributes[APPROVAL_STATE] == "new"

    await life.passes(timedelta(seconds=50))
    assert [len(lives.activities.prompts(channel)) for channel in Channel] == [1, 1]
    await life.passes(timedelta(seconds=15))
    await life.until_asked()

    for channel in Channel:
        first, second = lives.activities.prompts(channel)
        assert second.replace(f"{REPETITION}\n", "", 1) == first.replace(" (1 h)", "") != second
    assert [search.approver for search in lives.activities.searches] == [WHATSAPP], "the sidecar cannot be asked"
    await life.passes(timedelta(hours=1))
    assert (await life.run.result()).decider == "system:timeout"
    assert [len(lives.activities.prompts(channel)) for channel in Channel] == [2, 2]


async def test_prompt_that_the_provider_has_after_all_is_not_repeated(lives: Lives) -> None:
    lives.activities.script_sends(Channel.WHATSAPP, [LOST])
    lives.activities.script_finds([[FoundMessage(sid(0xF), "delivered")]])
    life = await lives.begin(approvers=(WHATSAPP,), lasts=timedelta(hours=1))
    await until_details(life.run, "arrival unknown")

    await life.passes(timedelta(seconds=65))
    await life.until_asked(Channel.WHATSAPP)
    await life.replies(WHATSAPP, "approved")
    await life.run.result()

    assert len(lives.activities.prompts(Channel.WHATSAPP)) == 1
    assert sid(0xF) in (await life.run.describe()).typed_search_attributes[PROMPT_IDS]


async def test_nothing_is_repeated_of_which_the_provider_never_says_whether_it_has_it(lives: Lives) -> None:
    lives.activities.script_sends(Channel.WHATSAPP, [LOST])
    lives.activities.script_finds(repeat(NO_LIST))
    life = await lives.begin(approvers=(WHATSAPP,), lasts=timedelta(minutes=1))
    await until_details(life.run, "arrival unknown")

    await life.passes(timedelta(minutes=1, seconds=1))

    assert (await life.run.result()).decider == "system:timeout"
    assert len(lives.activities.searches) > 1
    assert len(lives.activities.prompts(Channel.WHATSAPP)) == 1


async def test_reply_and_report_are_proof_that_nothing_is_to_be_repeated(lives: Lives) -> None:
    for channel in Channel:
        lives.activities.script_sends(channel, [LOST])
    life = await lives.begin(lasts=timedelta(hours=1))
    await until_details(life.run, "arrival unknown", times=2)

    await life.replies(IMESSAGE, None)
    await life.run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid(0xF), "sent"))
    await life.until_asked()
    await life.passes(timedelta(hours=1, seconds=1))

    assert (await life.run.result()).decider == "system:timeout"
    assert [len(lives.activities.prompts(channel)) for channel in Channel] == [1, 1]
    assert lives.activities.searches == []


async def test_prompt_that_is_reported_undelivered_leaves_its_channel(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(Channel.WHATSAPP)

    await life.run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid(1), "undelivered", "63003"))

    assert (await life.run.result()).decider == "system:undeliverable"


async def test_prompt_that_came_back_by_a_fault_that_passes_is_sent_again(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,), lasts=timedelta(hours=1))
    await life.until_asked(Channel.WHATSAPP)

    await life.run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid(1), "undelivered", BUSY))
    await until_details(life.run, "came back")
    await life.passes(timedelta(seconds=65))
    await until(lambda: len(lives.activities.prompts(Channel.WHATSAPP)) == 2)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert lives.activities.prompts(Channel.WHATSAPP)[1].splitlines()[1] == REPETITION


async def test_template_stands_in_outside_the_window(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP,), lasts=timedelta(hours=1))
    await life.until_asked(Channel.WHATSAPP)

    await life.run.signal(ApprovalWorkflow.status_report, AttemptStatus("1-1", sid(1), "undelivered", OUTSIDE_WINDOW))
    await until(lambda: len(lives.activities.sent) == 2)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert [str(message.status_path).rpartition("/")[2] for message in lives.activities.sent] == ["1-1", "1-template"]


async def test_operator_has_one_chat_or_all_asked_again(lives: Lives) -> None:
    life = await lives.begin(lasts=timedelta(hours=1))
    await life.until_asked()

    await life.run.signal(ApprovalWorkflow.ask_again, AskAgain("ann", "imessage"))
    await until(lambda: len(lives.activities.prompts(Channel.IMESSAGE)) == 2)
    await life.until_asked()
    await life.run.signal(ApprovalWorkflow.ask_again, AskAgain("ann"))
    await until(lambda: [len(lives.activities.prompts(channel)) for channel in Channel] == [2, 3])
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
