"""The list of open candidates, and the help."""

from datetime import timedelta
from typing import Any

import pytest

from domain.candidate import Candidate
from domain.conversation.numbers import number_of
from domain.decision import Outcome, Verdict
from domain.writing import edit_questions, lists, questions
from domain.writing.wording import utf16_length
from tests.domain.examples import ACCEPTED_AT, candidate


def _candidate(number: int, **changes: Any) -> Candidate:
    return candidate(id=f"cr_{number}", **changes)


@pytest.mark.parametrize("count", [0, 1, 10, 11, 60])
def test_help_fits_one_message_and_lists_what_is_open(count: int) -> None:
    opened = [_candidate(number, brand_name="word " * 20, proposed_text="word " * 100) for number in range(count)]

    answer = lists.help_text(opened, ACCEPTED_AT)

    assert utf16_length(answer) <= 1600
    assert len(lists.HELP.splitlines()) <= 8
    assert ("Nothing is open" in answer) is (not opened)
    assert (f"and {count - 10} more" in answer) is (count > 10)


def test_candidate_that_ends_first_is_first_in_each_list_and_example() -> None:
    late, soon, next_ = (
        _candidate(n, deadline=ACCEPTED_AT + timedelta(minutes=minutes)) for n, minutes in enumerate((30, 5, 10))
    )
    opened, numbers = [late, soon, next_], [number_of(each.id) for each in (soon, next_, late)]
    approval = Verdict(Outcome.APPROVED)
    answers = [
        lists.help_text(opened, ACCEPTED_AT),
        lists.all_of_them(opened, approval, ACCEPTED_AT),
        lists.which_to_show(opened, ACCEPTED_AT),
        edit_questions.which_edit(opened, ACCEPTED_AT),
        questions.which_one(opened, approval, [], ACCEPTED_AT),
        questions.unknown_name("1234", opened, None, ACCEPTED_AT),
    ]

    for answer in answers:
        assert [line.partition(" ")[0] for line in answer.splitlines()[-3:]] == numbers
    assert lists.all_of_them(opened, approval, ACCEPTED_AT).splitlines()[0].endswith(f"yes {' '.join(numbers)}")
    assert questions.which_one(opened, approval, [], ACCEPTED_AT).splitlines()[0].endswith(f"yes {numbers[0]}")
    assert lists.which_to_show(opened, ACCEPTED_AT).splitlines()[0].endswith(f"more {numbers[0]}")
    assert edit_questions.which_edit(opened, ACCEPTED_AT).splitlines()[0].endswith(f"edit {numbers[0]}: your text")


def test_all_of_them_names_the_one_message_that_would_decide() -> None:
    opened = lists.soonest_first([_candidate(number) for number in range(12)])
    numbers = [number_of(each.id) for each in opened]

    few = lists.all_of_them(opened[:3], Verdict(Outcome.APPROVED), ACCEPTED_AT)
    many = lists.all_of_them(opened, Verdict(Outcome.REJECTED), ACCEPTED_AT)

    assert few.splitlines()[0] == f"Nothing was decided. To post these send yes {' '.join(numbers[:3])}"
    assert many.splitlines()[0] == f"Nothing was decided. To skip the first 10 send no {' '.join(numbers[:10])}"


def test_all_of_them_offers_to_approve_only_drafts_that_were_shown_whole() -> None:
    one, other = lists.soonest_first([_candidate(number) for number in range(2)])
    numbers = [number_of(each.id) for each in (one, other)]
    approval, skip = Verdict(Outcome.APPROVED), Verdict(Outcome.REJECTED)

    def offered(candidates: list[Candidate], verdict: Verdict, *unseen: Candidate) -> str:
        ids = [each.id for each in unseen]
        return (
            lists.all_of_them(candidates, verdict, ACCEPTED_AT, ids)
            .splitlines()[0]
            .removeprefix("Nothing was decided. ")
        )

    assert offered([one], approval) == f"To post it send yes {numbers[0]}"
    assert offered([one, other], approval, one) == f"To post one of these send yes {numbers[1]}"
    assert offered([one, other], approval, one, other).endswith(f"send more {numbers[0]}")
    assert offered([one, other], skip, one, other) == f"To skip these send no {' '.join(numbers)}"
