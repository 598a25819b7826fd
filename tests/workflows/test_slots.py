"""Each wait for a slot is a timer, and nobody is asked after the decision."""

from datetime import timedelta
from itertools import repeat

from temporalio.api.enums.v1 import EventType

from domain.channels import Channel
from domain.decision import Outcome
from domain.sending.slots import Lane, SlotAnswer, SlotStatus
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import timers, until_details
from tests.harness.processes import until
from tests.harness.recording import NO_REDIS
from tests.workflows.lives import Lives
from tools.candidates.histories import history_of

IN_FIVE_MINUTES = SlotAnswer(SlotStatus.WAIT, timedelta(minutes=5), ahead=2)
NOT_IN_TIME = SlotAnswer(SlotStatus.TOO_LATE)
NOT_YET = "WhatsApp: no slot in time yet"


async def test_prompt_waits_for_its_slot_by_a_timer_and_the_other_channel_does_not_wait(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [IN_FIVE_MINUTES])
    life = await lives.begin()
    await life.until_asked(Channel.IMESSAGE)
    await until_details(life.run, "waiting for a slot, 2 ahead; asked for again ")
    assert lives.activities.prompts(Channel.WHATSAPP) == []
    assert "WhatsApp: waiting for a slot, 2 ahead" in await timers(life.run)
    [wait] = (await history_of(life.env.client, life.run)).waits.values()
    assert wait.what == "WhatsApp: waiting for a slot, 2 ahead", "what operators read of it"

    await life.passes(timedelta(minutes=5, seconds=1))
    await life.until_asked()

    assert [question.lane for question in lives.activities.asked] == [Lane.BRAND] * 3
    assert (await history_of(life.env.client, life.run)).waits == {}
    await life.run.terminate()


async def test_decision_ends_the_wait_nobody_is_asked_and_the_place_is_given_up(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [IN_FIVE_MINUTES])
    life = await lives.begin()
    await life.until_asked(Channel.IMESSAGE)
    await until_details(life.run, "waiting for a slot")

    await life.replies(IMESSAGE, "rejected")

    assert (await life.run.result()).outcome is Outcome.REJECTED
    assert lives.activities.prompts(Channel.WHATSAPP) == lives.activities.others(Channel.WHATSAPP) == []
    assert [question.approver for question in lives.activities.left] == [WHATSAPP]


async def test_deadline_runs_while_a_candidate_waits(lives: Lives) -> None:
    for channel in Channel:
        lives.activities.script_slots(channel, repeat(IN_FIVE_MINUTES))
    life = await lives.begin()
    await until_details(life.run, "waiting for a slot", times=2)

    await life.passes(timedelta(minutes=15, seconds=1))

    assert (await life.run.result()).decider == "system:timeout"
    assert lives.activities.sent == []


async def test_slot_that_is_not_in_time_is_asked_for_again_while_time_is_left(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, repeat(NOT_IN_TIME, 2))
    life = await lives.begin(approvers=(WHATSAPP,))
    await until(lambda: timers(life.run), lambda summaries: NOT_YET in summaries)

    await life.passes(timedelta(minutes=5))
    await life.until_asked(Channel.WHATSAPP)

    assert (await timers(life.run)).count(NOT_YET) == 2
    await life.run.terminate()


async def test_slot_that_never_comes_is_given_up_when_the_owner_would_have_no_time(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, repeat(NOT_IN_TIME))
    life = await lives.begin(approvers=(WHATSAPP,))
    await until(lambda: timers(life.run), lambda summaries: NOT_YET in summaries)

    await life.passes(timedelta(minutes=14, seconds=10))
    await until_details(life.run, "not sent: no slot is left in time")
    await life.passes(timedelta(minutes=1))

    assert (await life.run.result()).decider == "system:timeout"
    assert lives.activities.sent == []


async def test_run_without_rules_asks_once(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, repeat(NOT_IN_TIME))
    life = await lives.begin(approvers=(WHATSAPP,), rules=0)

    await until_details(life.run, "not sent: no slot is left in time")

    assert len(lives.activities.asked) == 1
    await life.run.terminate()


async def test_redis_that_does_not_answer_is_named_where_operators_look(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, repeat(NO_REDIS))
    life = await lives.begin(approvers=(WHATSAPP,))

    await until_details(life.run, "**WhatsApp**: waiting for Redis, which grants slots and does not answer")
    await life.run.terminate()


async def test_slot_is_asked_for_by_an_activity_that_operators_see_once_redis_does_not_answer(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [NO_REDIS])
    life = await lives.begin(approvers=(WHATSAPP,))
    await life.until_asked(Channel.WHATSAPP)

    events = (await life.run.fetch_history()).events
    scheduled = [e for e in events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED]
    names = [event.activity_task_scheduled_event_attributes.activity_type.name for event in scheduled]
    assert names == ["ask_for_slot", "send_message"]
    assert len(lives.activities.asked) == 2
    await life.run.terminate()
