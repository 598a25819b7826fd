"""Answers to messages that decide nothing."""

import pytest

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.decision import Outcome, Verdict
from domain.reading.grammar import read
from domain.reading.owners_message import Obstacle
from domain.reading.requests import DecideEach, Hedge, ShowPrompt
from domain.writing import edit_questions, outcomes, questions, undecided
from tests.domain.examples import ACCEPTED_AT, WHATSAPP, candidate
from tests.domain.writing.test_outcomes import decision


def _candidate(number: int) -> Candidate:
    return candidate(id=f"cr_{number}")


@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_answer_to_what_decides_nothing_says_that_first_and_then_what_would(count: int) -> None:
    opened = [_candidate(number) for number in range(count)]
    number = number_of("cr_0")
    answers = [
        undecided.not_understood(opened, ACCEPTED_AT),
        *(undecided.hindered(obstacle, opened, ACCEPTED_AT) for obstacle in Obstacle),
        questions.unknown_name("1234", opened, ShowPrompt("1234"), ACCEPTED_AT),
        questions.unknown_quotation(opened, None, ACCEPTED_AT),
        undecided.hedged(opened, ACCEPTED_AT, Hedge()),
    ]

    for answer in answers:
        assert answer.startswith("Nothing was decided")
        assert (number in answer) or count != 1
        assert ("Nothing is open" in answer) is (count == 0)


@pytest.mark.parametrize("count", [1, 3])
def test_acknowledgement_decides_nothing_and_offers_what_would(count: int) -> None:
    answer = undecided.acknowledged([_candidate(number) for number in range(count)], ACCEPTED_AT)

    assert answer.startswith("Nothing was decided. To post ")


def test_acknowledgement_needs_no_answer_once_everything_is_decided() -> None:
    skipped = outcomes.ended(candidate(), decision(Outcome.REJECTED, str(WHATSAPP)), WHATSAPP, ACCEPTED_AT)

    assert undecided.acknowledged([], ACCEPTED_AT, ended=skipped) == f"{skipped} No answer is needed."
    assert undecided.acknowledged([], ACCEPTED_AT) == "Nothing is open. No answer is needed."


@pytest.mark.parametrize("count", [1, 3])
def test_approval_is_not_offered_for_a_draft_that_was_not_shown_whole(count: int) -> None:
    opened = [_candidate(number) for number in range(count)]
    unseen = {each.id for each in opened}
    answers = [
        undecided.not_understood(opened, ACCEPTED_AT, unseen),
        undecided.acknowledged(opened, ACCEPTED_AT, unseen),
        undecided.hindered(Obstacle.NO_TEXT, opened, ACCEPTED_AT, unseen),
        undecided.hedged(opened[:1], ACCEPTED_AT, Hedge(), unseen),
        undecided.hedged(opened[:1], ACCEPTED_AT, Hedge(note="shorter"), unseen),
        undecided.hedged(opened, ACCEPTED_AT, Hedge(tuple(each.id for each in opened[:1])), unseen),
        undecided.hedged(opened, ACCEPTED_AT, Hedge(), unseen),
        undecided.not_decided_yet(opened[0], unseen),
        edit_questions.proposal_dropped(opened[0], ACCEPTED_AT, unseen),
        questions.which_one(opened, Verdict(Outcome.APPROVED), [], ACCEPTED_AT, unseen),
    ]

    for answer in answers:
        assert "send more " in answer
        assert "yes" not in answer


def test_hedge_about_a_number_offers_what_would_work_for_that_number() -> None:
    opened = [_candidate(number) for number in range(3)]
    second = number_of("cr_1")

    for written in (second, "cr_1"):
        assert undecided.hedged(opened, ACCEPTED_AT, Hedge((written,))).splitlines() == [
            f"Nothing was decided. To post another text send edit {second}: your text",
            f"To have it rewritten send redo {second}: what to change",
            f"yes {second} · no {second} · skip {second}: why",
        ]
    for candidates, names in ((opened, ()), (opened, ("9999",)), (opened[:1], (second,))):
        first, second_line, *listed = undecided.hedged(candidates, ACCEPTED_AT, Hedge(names)).splitlines()
        assert first == "Nothing was decided. To post one send yes and its number."
        assert second_line == "no (number) · edit (number): your text · redo (number): what to change"
        assert len(listed) == len(candidates)


@pytest.mark.parametrize(
    ("hedge", "offered"),
    [(Hedge(note="too\nlong"), "redo {}: too long"), (Hedge(note="too\nlong", skips=True), "skip {}: too long")],
)
def test_words_against_a_draft_are_offered_as_the_note_of_a_command(hedge: Hedge, offered: str) -> None:
    opened = [_candidate(number) for number in range(3)]
    number = number_of("cr_0")

    first, second, third = undecided.hedged(opened[:1], ACCEPTED_AT, hedge).splitlines()
    among_several, *_ = undecided.hedged(opened, ACCEPTED_AT, hedge).splitlines()

    assert first.startswith("Nothing was decided. To ")
    assert first.endswith(f" send {offered.format(number)}")
    assert second == f"To post another text send edit {number}: your text"
    assert third == f"yes {number} · no {number} · skip {number}: why"
    assert among_several.endswith(f" send {offered.format('(number)')}")


@pytest.mark.parametrize("names", [("5pm",), ("17:30", "cr_0"), ("9", "5pm")])
def test_time_in_a_hedge_does_not_name_a_draft(names: tuple[str, ...]) -> None:
    number = number_of("cr_0")

    words = undecided.hedged([_candidate(0)], ACCEPTED_AT, Hedge(names))

    assert words.endswith(f"yes {number} · no {number} · skip {number}: why")


def test_hedge_about_what_was_not_shown_whole_offers_every_other_verdict() -> None:
    number = number_of("cr_0")

    *_, verdicts, whole = undecided.hedged([_candidate(0)], ACCEPTED_AT, Hedge(), {"cr_0"}).splitlines()

    assert verdicts == f"no {number} · skip {number}: why"
    assert whole == f"To see all of it send more {number}"


@pytest.mark.parametrize(
    ("unseen", "example", "others"),
    [
        ((), "yes {1}", "no {1} · skip {1}: why · redo {1}: what to change"),
        (("cr_1",), "yes {2}", "no {2} · skip {2}: why · redo {2}: what to change"),
        (("cr_1", "cr_2"), "no {1}", "skip {1}: why · redo {1}: what to change"),
    ],
)
def test_hedge_about_several_numbers_asks_for_a_line_for_each(
    unseen: tuple[str, ...], example: str, others: str
) -> None:
    opened = [_candidate(number) for number in range(3)]
    numbers = [number_of(each.id) for each in opened]

    first, second, *listed = undecided.hedged(opened, ACCEPTED_AT, Hedge(tuple(numbers[1:])), unseen).splitlines()

    assert first == f"Nothing was decided. Send one line for each draft, as: {example.format(*numbers)}"
    assert second == others.format(*numbers)
    assert len(listed) == len(opened)


def test_lines_that_are_offered_for_several_drafts_make_one_message() -> None:
    first, second = numbers = [number_of(f"cr_{number}") for number in range(2)]

    words = undecided.hedged([_candidate(0), _candidate(1)], ACCEPTED_AT, Hedge(tuple(numbers)))

    assert f"as: yes {first}\n" in words
    assert f" · skip {first}: why" in words
    assert isinstance(read(f"yes {first}\nskip {second}: too salesy"), DecideEach)
