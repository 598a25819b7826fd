"""A prompt's button names its candidate by the exact id."""

import pytest

from domain.decision import Outcome, Verdict
from domain.reading.requests import Command, Decide, EditHow, Kind, ShowPrompt
from domain.reading.taps import tapped

IDS = ["cr_1", "all", "list", "it", "this", "4821", "yes", "please", "Cr.1."]
VERBS = {"approve": Outcome.APPROVED, "skip": Outcome.REJECTED, "reject": Outcome.REJECTED}


@pytest.mark.parametrize("candidate_id", IDS)
def test_id_is_read_exactly_even_if_it_looks_like_something_else(candidate_id: str) -> None:
    for verb, outcome in VERBS.items():
        expected = Decide(Verdict(outcome), Kind.VERB, (candidate_id,))
        assert tapped(f"{verb} {candidate_id}") == tapped(f" {verb.title()}  {candidate_id}\n") == expected
    assert tapped(f"edit {candidate_id}") == EditHow(candidate_id)
    assert tapped(f"show {candidate_id}") == ShowPrompt(candidate_id)


@pytest.mark.parametrize("payload", ["", "approve", "approve cr_1 cr_2", "yes cr_1", "approve cr/1"])
def test_other_text_is_not_a_prompts_payload(payload: str) -> None:
    expected: Command | None = None
    assert tapped(payload) == expected
