"""The variables of WhatsApp's approved template for candidates of earlier rules."""

import json
import re
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Candidate
from domain.sending.content_kinds import LONGEST
from domain.writing.earlier_template import excerpt_variables, template_variables
from tests.domain.examples import HOSTILE, candidate
from tests.harness.processes import REPOSITORY

_CONTENT = json.loads((REPOSITORY / "docs/whatsapp/candidate_whole.json").read_text(encoding="utf-8"))
_BODY: str = _CONTENT["types"]["twilio/quick-reply"]["body"]
_PLACEHOLDER = re.compile(r"\{\{(\d)\}\}")
_LONGEST_ID = "x" * 128


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _filled(text: str, variables: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: variables[match[1]], text)


def _numbered(variables: tuple[str, ...]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(variables, start=1)}


def test_prompt_that_fits_fills_the_template_whole() -> None:
    variables = template_variables(candidate(proposed_text="Thanks!\n\nSee\tyou.", risk_flags=("a date", "sarcasm")))

    assert variables == (
        "b_acme on linkedin",
        "Thanks! ⏎  ⏎ See you.",
        "cr_8f9a1b2c",
        "Mon 24 Nov 14:05 UTC",
        "Risks: a date, sarcasm https://example.com/posts/1",
    )


def test_prompt_that_does_not_fit_is_cut_and_says_by_how_much() -> None:
    draft = "word " * 600
    of = candidate(proposed_text=draft)

    assert template_variables(of) is None
    excerpt = excerpt_variables(of)[1]
    kept, cut = excerpt.split("… (cut: ")
    assert draft.startswith(kept)
    assert abs(len(kept) + int(cut.removesuffix(" more characters)")) - len(draft.strip())) <= 1


def test_repetition_is_marked_as_such() -> None:
    for fill in (template_variables, excerpt_variables):
        (first, *rest), (again, *same) = fill(candidate()) or (), fill(candidate(), repeated=True) or ()
        assert again == f"{first} (repeated, in case the first did not arrive)"
        assert rest == same


_CANDIDATES = st.builds(
    candidate,
    id=st.sampled_from(["cr_1", _LONGEST_ID]),
    brand_id=st.sampled_from(["b_acme", _LONGEST_ID]),
    proposed_text=HOSTILE.map(lambda text: text[:LONGEST_TEXT]),
    context_url=st.sampled_from(["https://example.com/", "https://example.com/".ljust(2048, "x")]),
    risk_flags=st.lists(HOSTILE.map(lambda text: text[:64]), max_size=20).map(tuple),
)


@given(_CANDIDATES)
@example(candidate(proposed_text="\n"))
@example(candidate(proposed_text="\N{GRINNING FACE}" * LONGEST_TEXT, id=_LONGEST_ID, brand_id=_LONGEST_ID))
def test_variables_fit_and_hold_nothing_that_whatsapp_refuses(of: Candidate) -> None:
    for fill, repeated in product((template_variables, excerpt_variables), (False, True)):
        variables = fill(of, repeated=repeated)
        if variables is not None:
            assert all(variables)
            assert not any(re.search(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]| {5}", value) for value in variables)
            assert _units(_filled(_BODY, _numbered(variables))) <= LONGEST
