"""Refusals say why a new text is not taken."""

from hypothesis import given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT
from domain.decision import Outcome, Verdict
from domain.writing import refusals
from tests.domain.examples import candidate


@given(st.integers(2, 5000))
def test_too_long_text_is_refused_with_the_number_of_characters_over(excess: int) -> None:
    answer = refusals.too_long(candidate(), Verdict(Outcome.EDITED, "x" * (LONGEST_TEXT + excess)))

    assert answer.startswith("Nothing was decided: ")
    assert f"{excess} characters over the limit of 3000" in answer
