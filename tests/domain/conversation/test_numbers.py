"""A candidate's number has four digits from its id, or more of the same."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation.numbers import fits, is_number, longer_number, number_of
from tests.domain.examples import CANDIDATE_IDS


@given(CANDIDATE_IDS)
def test_number_has_four_digits_and_is_never_a_year(candidate_id: str) -> None:
    number = number_of(candidate_id)

    assert len(number) == 4
    assert number.isascii()
    assert 1000 <= int(number) <= 9999
    assert not 1900 <= int(number) <= 2099


@given(CANDIDATE_IDS, st.integers(4, 12))
def test_longer_number_begins_with_the_short_one_and_fits(candidate_id: str, digits: int) -> None:
    longer = longer_number(candidate_id, digits)

    assert len(longer) == digits
    assert longer.startswith(number_of(candidate_id))
    assert is_number(longer)
    assert fits(longer, candidate_id)
    assert fits(number_of(candidate_id), candidate_id)


@given(CANDIDATE_IDS, st.integers(4, 12))
def test_number_with_another_digit_does_not_fit(candidate_id: str, digits: int) -> None:
    number = longer_number(candidate_id, digits)
    other = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert not fits(other, candidate_id)


def test_three_digits_do_not_fit() -> None:
    assert not fits(number_of("cr_1")[:3], "cr_1")


def test_numbers_of_candidates_outlive_a_release() -> None:
    """Chats contain them, and so does a search attribute."""
    assert longer_number("cr_8f9a1b2c", 12) == "510942739929"


def test_every_number_is_as_likely_as_any_other() -> None:
    counts = Counter(number_of(f"cr_{n}") for n in range(88_000))

    assert len(counts) > 8790  # of 8,800, each missed with a probability of 1 in 22,000
    assert max(counts.values()) < 30
    hundreds = Counter(number[:2] for number in counts.elements())
    assert len(hundreds) == 88
    assert all(850 < count < 1150 for count in hundreds.values())


@pytest.mark.parametrize("text", ["1000", "1899", "2100", "9999", "4821", "482193", "482193000000"])
def test_number_is_recognized(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "482",
        "0482",
        "1900",
        "2025",
        "2099",
        "199912",
        "4821930000000",
        "4821 ",
        "+4821",
        "48.1",
        "4_82",
        "٤٨٢١",
        "²345",
    ],
)
def test_what_cannot_be_a_number_is_not_one(text: str) -> None:
    assert not is_number(text)
