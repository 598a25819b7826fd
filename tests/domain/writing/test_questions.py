"""Questions which draft is meant."""

import pytest

from domain.conversation.numbers import number_of
from domain.reading.grammar import read
from domain.writing import questions
from domain.writing.lists import soonest_first
from tests.domain.examples import ACCEPTED_AT, candidate


@pytest.mark.parametrize(
    ("written", "offer"), [("yes", "yes"), ("no", "no"), ("redo: x", "redo"), ("edit: x", "edit"), ("more", "more")]
)
def test_wish_that_names_no_draft_is_offered_with_a_number(written: str, offer: str) -> None:
    command = read(written)
    for count, how in ((1, "Send"), (3, "Send it with one of these numbers:")):
        opened = soonest_first([candidate(id=f"cr_{number}") for number in range(count)])
        for words in (
            questions.unknown_name("1234", opened, command, ACCEPTED_AT),
            questions.unknown_quotation(opened, command, ACCEPTED_AT),
        ):
            assert words.splitlines()[1].startswith(f"{how} {offer} {number_of(opened[0].id)}")
