"""The names of a candidate, and of its end."""

from datetime import timedelta

import pytest

from domain.writing import lists, naming
from tests.domain.examples import ACCEPTED_AT, candidate


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "13:50 UTC (less than a minute)"),
        (timedelta(minutes=1), "13:51 UTC (1 min)"),
        (timedelta(minutes=15), "14:05 UTC (15 min)"),
    ],
)
def test_term_of_a_prompt_says_how_long_that_is_unless_it_goes_out_late(span: timedelta, words: str) -> None:
    of = candidate(deadline=ACCEPTED_AT + span)

    assert naming.term(of) == words
    assert naming.late_term(of) == words.partition(" (")[0]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=5), "47 h 5 min"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_time_left_is_in_the_units_that_matter(span: timedelta, words: str) -> None:
    of = candidate(brand_name="Acme", deadline=ACCEPTED_AT + span)

    assert lists.listing([of], ACCEPTED_AT) == [
        f"5109 · Acme on LinkedIn · “Thanks for the kind words!” · {words} left"
    ]


def test_long_draft_is_named_by_its_first_words() -> None:
    of = candidate(proposed_text="We hear you,\nand a fix is on its way to everybody.")

    assert lists.shown(of) == "Here is 5109 “We hear you, and a fix is on its way to…”"


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ('He said "no" twice.', "“He said ‘no’ twice.”"),  # noqa: RUF001  # quotation marks
        ("“Hi” and „Tag“", "“‘Hi’ and ‘Tag‘”"),  # noqa: RUF001  # quotation marks
        ('” and (" are odd', "“’ and (‘ are odd”"),  # noqa: RUF001  # quotation marks
    ],
)
def test_quotation_marks_of_a_draft_do_not_end_its_quotation(draft: str, words: str) -> None:
    assert naming.first_words(candidate(proposed_text=draft)) == words
