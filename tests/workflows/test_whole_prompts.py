"""An owner approves only what their chat was shown whole, and can ask to see it at once."""

from datetime import timedelta
from itertools import chain, repeat

from domain.channels import Channel
from domain.decision import Outcome
from domain.sending.content_kinds import ContentKind
from domain.sending.slots import Lane, SlotAnswer, SlotStatus
from domain.writing.prompt_parts import prompt
from tests.domain.examples import IMESSAGE, WHATSAPP
from tests.harness.operator import until_details
from tests.harness.processes import until
from tests.harness.recording import NO_REDIS, refused, sid
from tests.workflows.lives import Lives, SkippedRun
from workflows.approval import ApprovalWorkflow
from workflows.signals import AttemptStatus, Show

LONG = "word " * 600
OUTSIDE_WINDOW = "63016"
IN_FIVE_MINUTES = SlotAnswer(SlotStatus.WAIT, timedelta(minutes=5), ahead=2)
IN_SIX_SECONDS = SlotAnswer(SlotStatus.WAIT, timedelta(seconds=6))
NOT_WHOLE = "you have not seen all"


async def wants_to_see_it(life: SkippedRun, key: str = "imessage/1") -> None:
    await life.run.signal(ApprovalWorkflow.show, Show(key, str(IMESSAGE)))


async def until_sent(lives: Lives, channel: Channel, prompts: int) -> list[str]:
    await until(lambda: len(lives.activities.prompts(channel)) == prompts)
    return lives.activities.prompts(channel)


async def test_owner_who_wants_to_see_it_gets_the_whole_prompt_out_of_the_brands_turn(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, [IN_FIVE_MINUTES])
    life = await lives.begin(approvers=(IMESSAGE,))
    await until_details(life.run, "waiting for a slot")

    await wants_to_see_it(life)
    await until_sent(lives, Channel.IMESSAGE, 1)
    await life.until_asked(Channel.IMESSAGE)
    await life.passes(timedelta(minutes=6))

    assert [question.lane for question in lives.activities.asked] == [Lane.BRAND, Lane.CHAT]
    await life.replies(IMESSAGE, "approved")
    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert len(lives.activities.prompts(Channel.IMESSAGE)) == 1, "its turn brings no second prompt"


async def test_prompt_that_was_there_before_is_shown_again_unmarked_once_for_a_message(lives: Lives) -> None:
    life = await lives.begin(approvers=(IMESSAGE,))
    await life.until_asked(Channel.IMESSAGE)

    await wants_to_see_it(life)
    first, second = await until_sent(lives, Channel.IMESSAGE, 2)
    await life.until_asked(Channel.IMESSAGE)
    await wants_to_see_it(life)
    await wants_to_see_it(life, "imessage/2")
    await until_sent(lives, Channel.IMESSAGE, 3)

    assert first == second
    await life.replies(IMESSAGE, "rejected")
    await life.run.result()
    assert len(lives.activities.prompts(Channel.IMESSAGE)) == 3


async def test_owner_who_wants_to_see_it_after_the_decision_learns_what_became_of_it(lives: Lives) -> None:
    life = await lives.begin()
    await life.until_asked()
    await life.replies(WHATSAPP, "approved")
    await wants_to_see_it(life)

    await life.run.result()

    assert len(lives.activities.prompts(Channel.IMESSAGE)) == 1
    assert "approved on WhatsApp" in lives.activities.others(Channel.IMESSAGE)[-1]


async def test_decision_ends_the_showing_and_the_owner_learns_it(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, repeat(IN_FIVE_MINUTES))
    life = await lives.begin(lasts=timedelta(hours=1))
    await life.until_asked(Channel.WHATSAPP)
    await wants_to_see_it(life)
    await until(lambda: len([q for q in lives.activities.asked if q.lane is Lane.CHAT]) == 1)

    lives.activities.script_slots(Channel.IMESSAGE, [])
    await life.replies(WHATSAPP, "rejected")
    await life.run.result()

    assert lives.activities.prompts(Channel.IMESSAGE) == []
    [receipt] = lives.activities.others(Channel.IMESSAGE)
    assert receipt.startswith("Skipped on WhatsApp: ")


async def test_approval_from_a_chat_that_was_never_asked_brings_the_prompt_and_decides_nothing(lives: Lives) -> None:
    lives.activities.script_slots(Channel.IMESSAGE, [IN_FIVE_MINUTES])
    life = await lives.begin()
    await life.until_asked(Channel.WHATSAPP)

    await life.replies(IMESSAGE, "approved")
    await until_sent(lives, Channel.IMESSAGE, 1)
    await life.until_asked()

    texts = [message.text for message in lives.activities.sent if message.slot.approver == IMESSAGE]
    assert NOT_WHOLE in texts[0], "the answer comes before the prompt"
    assert lives.activities.deliveries == []
    await life.replies(IMESSAGE, "approved")
    assert (await life.run.result()).decider == str(IMESSAGE)


async def test_approvals_while_the_parts_go_out_bring_the_rest_alone(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [SlotAnswer(SlotStatus.GO), IN_FIVE_MINUTES])
    life = await lives.begin(approvers=(WHATSAPP,), proposed_text=LONG)
    parts = len(prompt(life.candidate, Channel.WHATSAPP))
    await until(lambda: len(lives.activities.asked) == 2)

    for _ in range(2):
        await life.replies(WHATSAPP, "approved")
    await life.passes(timedelta(minutes=6))
    await life.until_asked(Channel.WHATSAPP)

    assert len(set(await until_sent(lives, Channel.WHATSAPP, parts))) == parts > 1
    await life.replies(WHATSAPP, "approved")
    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert len(lives.activities.prompts(Channel.WHATSAPP)) == parts


async def test_approval_while_the_whole_prompt_is_shown_brings_it_no_second_time(lives: Lives) -> None:
    lives.activities.contents[Channel.WHATSAPP] = ContentKind.CUT
    life = await lives.begin(approvers=(WHATSAPP,), proposed_text=LONG)
    await life.until_asked(Channel.WHATSAPP)
    parts = len(prompt(life.candidate, Channel.WHATSAPP))
    del lives.activities.contents[Channel.WHATSAPP]
    lives.activities.script_slots(
        Channel.WHATSAPP, [SlotAnswer(SlotStatus.GO), SlotAnswer(SlotStatus.GO), IN_FIVE_MINUTES]
    )
    await life.replies(WHATSAPP, "approved")
    await until_sent(lives, Channel.WHATSAPP, 2)

    await life.replies(WHATSAPP, "approved")
    await life.passes(timedelta(minutes=6))
    await until_sent(lives, Channel.WHATSAPP, 1 + parts)
    await life.until_asked(Channel.WHATSAPP)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert len(lives.activities.prompts(Channel.WHATSAPP)) == 1 + parts


async def test_approval_of_a_draft_of_which_a_part_failed_brings_all_of_it(lives: Lives) -> None:
    life = await lives.begin(approvers=(WHATSAPP, IMESSAGE), proposed_text=LONG)
    await life.until_asked()
    parts = len(lives.activities.prompts(Channel.WHATSAPP))
    sent = [str(message.status_path).rpartition("/")[2] for message in lives.activities.sent]
    failed = AttemptStatus(f"1-{parts}", sid(sent.index(f"1-{parts}") + 1), "undelivered", "63013")
    await life.run.signal(ApprovalWorkflow.status_report, failed)

    await life.replies(WHATSAPP, "approved")
    texts = await until_sent(lives, Channel.WHATSAPP, 2 * parts)

    assert texts[parts:] == texts[:parts]
    await life.until_asked()
    assert lives.activities.deliveries == []
    await life.replies(WHATSAPP, "approved")
    assert (await life.run.result()).decider == str(WHATSAPP)


async def test_template_with_the_beginning_alone_stands_in_until_its_reader_wants_the_rest(lives: Lives) -> None:
    lives.activities.contents[Channel.WHATSAPP] = ContentKind.CUT
    life = await lives.begin(approvers=(WHATSAPP,), proposed_text=LONG)
    await life.until_asked(Channel.WHATSAPP)
    assert len(lives.activities.prompts(Channel.WHATSAPP)) == 1
    [noted] = (await (await life.run.describe()).memo())["prompts"]
    assert noted["is_cut"] is True

    del lives.activities.contents[Channel.WHATSAPP]
    await life.replies(WHATSAPP, "approved")
    await until_sent(lives, Channel.WHATSAPP, 1 + len(prompt(life.candidate, Channel.WHATSAPP)))
    await life.until_asked(Channel.WHATSAPP)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    first, *shown = [message for message in lives.activities.sent if message.status_path]
    assert first.outside
    assert len(shown) > 1
    assert not any(message.outside for message in shown), "its owner has just written"


async def test_text_that_is_refused_outside_the_window_is_replaced_by_the_template(lives: Lives) -> None:
    lives.activities.script_sends(Channel.WHATSAPP, [refused(OUTSIDE_WINDOW)])
    life = await lives.begin(approvers=(WHATSAPP,))
    await until_sent(lives, Channel.WHATSAPP, 2)

    stand_in = lives.activities.sent[1]
    assert str(stand_in.status_path).endswith("/1-template")
    assert stand_in.outside
    assert stand_in.outside.kind is ContentKind.WHOLE
    await life.replies(WHATSAPP, "approved")
    assert (await life.run.result()).outcome is Outcome.APPROVED


async def test_buttons_follow_a_prompt_of_text_and_their_failure_fails_nothing(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, [SlotAnswer(SlotStatus.GO), IN_SIX_SECONDS])
    life = await lives.begin(approvers=(WHATSAPP,), has_buttons=True)
    await life.until_asked(Channel.WHATSAPP)
    lives.activities.script_sends(Channel.WHATSAPP, [refused(OUTSIDE_WINDOW)])
    await life.passes(timedelta(seconds=7))
    await until(lambda: len(lives.activities.sent) == 2)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    prompt, offered = lives.activities.sent
    assert prompt.status_path
    assert (offered.text, offered.session and offered.session.kind) == ("", ContentKind.BUTTONS)


async def test_decision_counts_while_the_buttons_wait_for_redis(lives: Lives) -> None:
    lives.activities.script_slots(Channel.WHATSAPP, chain([SlotAnswer(SlotStatus.GO)], repeat(NO_REDIS)))
    life = await lives.begin(approvers=(WHATSAPP,), has_buttons=True)
    await life.until_asked(Channel.WHATSAPP)
    await until(lambda: len(lives.activities.asked) > 2)
    await life.replies(WHATSAPP, "approved")

    assert (await life.run.result()).outcome is Outcome.APPROVED
    assert len(lives.activities.deliveries) == 1
    assert "buttons" in lives.activities.left[-1].key


async def test_prompt_with_buttons_of_its_own_gets_no_others(lives: Lives) -> None:
    lives.activities.contents[Channel.WHATSAPP] = ContentKind.SESSION
    life = await lives.begin(approvers=(WHATSAPP,), has_buttons=True)
    await life.until_asked(Channel.WHATSAPP)

    await life.replies(WHATSAPP, "approved")
    await life.run.result()

    assert len(lives.activities.sent) == 1
