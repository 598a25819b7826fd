"""What a chat remembers of a prompt in parts, and whether a question's bare word would decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.conversation import bare_word_rule
from domain.conversation.chat_memory import ChatMemory, Recollection
from domain.conversation.subjects import Subject, Telling
from domain.decision import Outcome, Verdict
from domain.writing.questions import this_one
from tests.domain.examples import candidate

PART, WHOLE = Subject("cr_1", Telling.PART), Subject("cr_1", Telling.WHOLE)
OTHER = Subject("cr_2", Telling.WHOLE)
BUTTONS = "cr_1/buttons/whatsapp/1"
FIRST, LAST, TEMPLATE = [f"cr_1/prompt/whatsapp/1/{name}" for name in ("1", "2", "template")]


def at(seconds: float) -> datetime:
    return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=seconds)


def recollection(*chats: ChatMemory) -> Recollection:
    return Recollection(chats, at(60))


def decided(*chats: ChatMemory) -> str | None:
    return bare_word_rule.meant(recollection(*chats), Outcome.APPROVED, at(60))


def in_parts() -> ChatMemory:
    return ChatMemory().begin(FIRST, PART, at(0)).begin(LAST, WHOLE, at(1))


def arrived() -> ChatMemory:
    return in_parts().arrive(FIRST, None, at(2)).arrive(LAST, None, at(3))


def test_prompt_is_whole_when_all_of_its_parts_arrived() -> None:
    assert recollection(arrived()).whole_since("cr_1") == at(3)
    assert decided(arrived()) == "cr_1"


def test_bare_word_does_not_decide_a_draft_with_a_failed_part() -> None:
    assert decided(in_parts().arrive(LAST, None, at(3)).take_back(FIRST)) is None


def test_bare_word_does_not_decide_a_draft_with_a_forgotten_part() -> None:
    assert decided(ChatMemory().begin(LAST, WHOLE, at(1)).arrive(LAST, None, at(3))) is None


def test_part_in_another_approvers_chat_does_not_count_here() -> None:
    other = "cr_1/prompt/whatsapp/2/1"
    elsewhere = ChatMemory().begin(other, PART, at(0)).arrive(other, None, at(1))

    assert decided(ChatMemory().begin(LAST, WHOLE, at(1)).arrive(LAST, None, at(3)), elsewhere) is None


def test_repetition_stands_in_for_the_part_that_failed() -> None:
    again = f"{FIRST}/repeated/2"
    memory = in_parts().take_back(FIRST).begin(again, PART, at(2)).arrive(again, None, at(3)).arrive(LAST, None, at(4))

    assert recollection(memory).whole_since("cr_1") == at(4)


def test_buttons_that_might_not_have_arrived_do_not_stop_a_bare_word() -> None:
    memory = arrived().begin(BUTTONS, PART, at(9))

    assert decided(memory) == "cr_1"
    assert bare_word_rule.decides_next(recollection(memory), "cr_1", ())
    assert decided(memory.say("answer/SM1", Subject("cr_1", Telling.ANSWER), at(30))) == "cr_1"
    assert decided(memory.arrive(BUTTONS, None, at(56))) is None, "their owner had no time to read them"
    assert decided(arrived().begin(BUTTONS, PART, at(9)).take_back(BUTTONS)) == "cr_1"


def test_buttons_that_might_not_be_there_hide_other_messages() -> None:
    proposed = Subject("cr_1", Telling.PROPOSAL, proposed_by="whatsapp/SM1")

    for subject in (None, proposed):
        memory = arrived().say("answer/SM1", subject, at(8)).begin(BUTTONS, PART, at(9))
        assert decided(memory) is None
        assert bare_word_rule.proposal(recollection(memory), at(60)) is None


def test_yes_to_a_text_waits_if_a_prompt_might_have_arrived_after_the_question() -> None:
    """The prompt was sent before the question and is read after it, so the yes means the prompt."""
    question = Subject("cr_1", Telling.PROPOSAL, proposed_by="whatsapp/SM1")
    sent = arrived().begin("cr_2/prompt/whatsapp/1/1", OTHER, at(9)).say("answer/1", question, at(10))
    came = sent.arrive("cr_2/prompt/whatsapp/1/1", None, at(11))
    again = came.say("answer/2", question, at(20))

    assert [_posts_text(memory, at(24)) for memory in (sent, came, again)] == [False, False, True]
    assert _posts_text(again.say("answer/3", question, at(22)), at(24))


def test_prompt_that_the_text_answered_arrived_before_the_question_even_if_reported_later() -> None:
    sent = ChatMemory().begin(FIRST, Subject("cr_1", Telling.WHOLE), at(0))
    question = Subject("cr_1", Telling.PROPOSAL, proposed_by="answer/1")
    quoted = replace(question, answers_prompt=True)

    assert not _posts_text(sent.say("answer/1", question, at(10)).arrive(FIRST, None, at(11)), at(20))
    assert _posts_text(sent.say("answer/1", quoted, at(10)), at(20))
    assert _posts_text(sent.say("answer/1", quoted, at(10)).arrive(FIRST, None, at(11)), at(20))


def _posts_text(memory: ChatMemory, written: datetime) -> bool:
    last = bare_word_rule.proposal(recollection(memory), written)
    return last is not None and bare_word_rule.answers_proposal(recollection(memory), last, written)


def test_prompt_that_arrives_while_another_is_tried_in_vain_is_the_last_again() -> None:
    other = "cr_2/prompt/whatsapp/1/1"
    memory = ChatMemory().begin(TEMPLATE, WHOLE, at(0)).begin(other, OTHER, at(1)).arrive(TEMPLATE, None, at(2))

    assert decided(memory.take_back(other)) == "cr_1"


def test_bare_word_decides_after_a_template_with_the_whole_draft() -> None:
    memory = ChatMemory().begin(TEMPLATE, WHOLE, at(0)).arrive(TEMPLATE, None, at(1))

    assert decided(memory) == "cr_1"


@pytest.mark.parametrize(
    ("memory", "over", "is_offered"),
    [
        (arrived(), (), True),
        (ChatMemory(), (), False),
        (in_parts().arrive(LAST, None, at(3)).take_back(FIRST), (), False),
        (in_parts().arrive(FIRST, None, at(3)), (), False),
        (ChatMemory().begin(TEMPLATE, PART, at(0)).arrive(TEMPLATE, None, at(1)), (), False),
        (arrived().begin("cr_2/prompt/whatsapp/1/1", OTHER, at(4)), ("cr_2",), True),
        (arrived().begin("cr_2/prompt/whatsapp/1/1", OTHER, at(4)), (), False),
    ],
    ids=[
        "arrived",
        "Redis lost",
        "a part failed",
        "arrival unknown",
        "template with an excerpt",
        "another is over",
        "another may be open",
    ],
)
def test_question_offers_a_bare_word_only_if_it_would_decide(
    memory: ChatMemory, over: tuple[str, ...], *, is_offered: bool
) -> None:
    decides_next = bare_word_rule.decides_next(recollection(memory), "cr_1", over)
    asked_back = memory.say("answer/SM1", Subject("cr_1", Telling.ANSWER, over), at(30))

    assert decides_next is is_offered
    assert decided(asked_back) == ("cr_1" if is_offered else None)


@pytest.mark.parametrize(
    ("verdict", "decides_next", "offer"),
    [
        (Verdict(Outcome.APPROVED), True, "yes posts it · no skips it"),
        (Verdict(Outcome.APPROVED), False, "Send yes 5109"),
        (Verdict(Outcome.EDITED, "Mine"), True, "Send edit 5109: your text"),
        (Verdict(Outcome.EDITED, "Mine"), False, "Send edit 5109: your text"),
    ],
)
def test_question_names_what_decides(verdict: Verdict, offer: str, *, decides_next: bool) -> None:
    question = this_one(candidate(), verdict, [], at(0), decides_next=decides_next)

    assert question.splitlines()[-1] == offer


def test_of_messages_that_could_not_be_taken_the_newest_fifty_keep_their_age() -> None:
    memory = ChatMemory()
    for number in range(60):
        memory = memory.miss(f"whatsapp/SM{number}", at(number))

    memory = memory.miss("whatsapp/SM10", at(70))

    assert dict(memory.unheard) == {f"whatsapp/SM{number}": at(number) for number in range(10, 60)}


@pytest.mark.parametrize("proof", [None, Subject("cr_2", Telling.WHOLE, ended=("cr_1",))])
def test_successors_prompt_tells_the_end_once_anything_proves_its_arrival(
    proof: Subject | None,
) -> None:
    """A status report names only the message."""
    key, instead = "cr_2/prompt/whatsapp/1/1", Subject("cr_2", Telling.WHOLE, ended=("cr_1",))
    sent = arrived().begin(key, instead, at(10))

    assert recollection(sent).untold == ["cr_2", "cr_1"]
    assert decided(sent) is None
    assert decided(sent.arrive(key, proof, at(11))) == "cr_2"
    assert recollection(sent.take_back(key)).untold == ["cr_1"]
