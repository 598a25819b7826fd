"""What a chat is owed, in which order, and which message replaces which."""

from domain.approval import Approval
from domain.conversation.owed_messages import NotUnderstood, Owed, PromptAgain, Receipt, TooLate, TooLong
from domain.decision import Outcome, OwnersReply, Verdict
from domain.identifiers import PromptAttempt
from domain.sending.sends import SendEnd, SendResult
from tests.domain.examples import ACCEPTED_AT, IMESSAGE, WHATSAPP, candidate

_TOO_LONG = Verdict(Outcome.EDITED, "x" * 3001)


def asked_on_both_channels() -> Approval:
    approval = Approval(candidate(rules=1))
    for number, chat in enumerate(approval.chats, start=1):
        approval.part_scheduled(chat, PromptAttempt(number, "1"), ACCEPTED_AT)
        approval.part_ended(chat, SendEnd(SendResult.SENT, f"SM{number}"), ACCEPTED_AT)
    return approval


def reply_on_imessage(approval: Approval, key: str, verdict: Verdict | None) -> None:
    approval.take(OwnersReply(key, str(IMESSAGE), verdict, ACCEPTED_AT), ACCEPTED_AT)


def owed_on_imessage(approval: Approval) -> tuple[Owed, ...]:
    return approval.chat_state(approval.chats[1]).owed


def test_only_the_last_reply_is_answered() -> None:
    approval = asked_on_both_channels()

    reply_on_imessage(approval, "m1", None)
    reply_on_imessage(approval, "m2", _TOO_LONG)

    assert owed_on_imessage(approval) == (TooLong(_TOO_LONG),)


def test_prompt_is_sent_again_in_addition_to_the_answer_and_only_once() -> None:
    approval = asked_on_both_channels()

    approval.ask_again("imessage")
    reply_on_imessage(approval, "m1", None)
    approval.ask_again("imessage")

    assert set(owed_on_imessage(approval)) == {NotUnderstood(), PromptAgain()}
    assert len(owed_on_imessage(approval)) == 2
    approval.begin_asking_again(approval.chats[1])
    assert owed_on_imessage(approval) == (NotUnderstood(),)


def test_receipt_takes_the_place_of_an_answer() -> None:
    approval = asked_on_both_channels()
    reply_on_imessage(approval, "m1", None)

    approval.expire("operator:ann", ACCEPTED_AT)

    assert owed_on_imessage(approval) == (Receipt(is_answer=True),)


def test_answer_after_the_decision_takes_the_place_of_the_receipt() -> None:
    approval = asked_on_both_channels()
    approval.expire("operator:ann", ACCEPTED_AT)
    assert owed_on_imessage(approval) == (Receipt(),)

    reply_on_imessage(approval, "m1", Verdict(Outcome.APPROVED))

    assert owed_on_imessage(approval) == (TooLate(),)


def test_message_under_way_is_no_longer_owed_and_no_other_begins() -> None:
    approval = asked_on_both_channels()
    chat = approval.chats[1]
    reply_on_imessage(approval, "m1", None)

    assert approval.begin_telling(chat) == NotUnderstood()
    assert owed_on_imessage(approval) == ()
    reply_on_imessage(approval, "m2", _TOO_LONG)
    assert approval.to_tell(chat) is None
    approval.end_telling(chat)
    assert approval.to_tell(chat) == TooLong(_TOO_LONG)


def test_decision_on_another_channel_leaves_a_chat_that_opted_out_alone() -> None:
    approval = asked_on_both_channels()
    approval.opt_out(str(WHATSAPP))

    reply_on_imessage(approval, "m1", Verdict(Outcome.APPROVED))

    assert approval.chat_state(approval.chats[0]).owed == ()
