"""WhatsApp's approved template: what is posted to Twilio for it, and what fills it."""

import json
import re
from itertools import product
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Candidate
from domain.conversation.grammar import read
from domain.conversation.requests import Decide
from domain.conversation.template import FIXED, LONGEST, excerpt_variables, template_variables
from tests.domain.examples import HOSTILE, candidate

_CONTENT = json.loads((Path(__file__).parents[3] / "docs/whatsapp_template.json").read_text())
_TYPE = _CONTENT["types"]["twilio/quick-reply"]
_BODY: str = _TYPE["body"]
_PLACEHOLDER = re.compile(r"\{\{(\d)\}\}")
_LONGEST_ID = "x" * 128


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _filled(text: str, variables: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: variables[match[1]], text)


def _numbered(variables: tuple[str, ...]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(variables, start=1)}


def test_template_keeps_the_rules_of_twilio_and_meta() -> None:
    placeholders = _PLACEHOLDER.findall(_BODY)

    assert placeholders == sorted(_CONTENT["variables"]) == ["1", "2", "3", "4", "5"]
    assert not re.match(r"\{\{", _BODY)
    assert not re.search(r"\}\}$", _BODY)
    assert not re.search(r"\}\}\s*\{\{", _BODY)
    assert len(re.sub(_PLACEHOLDER, "", _BODY).split()) >= 2 * len(placeholders) + 1
    assert _units(_filled(_BODY, _CONTENT["variables"])) <= LONGEST
    assert _units(_filled(_BODY, dict.fromkeys("12345", ""))) <= FIXED


def test_buttons_decide_the_candidate_that_they_name() -> None:
    for button, verdict in zip(_TYPE["actions"], ("approved", "rejected"), strict=True):
        payload = _filled(button["id"], {"3": _LONGEST_ID})
        command = read(payload)

        assert len(button["title"]) <= 20
        assert len(payload) <= 200
        assert isinstance(command, Decide)
        assert (command.names, command.verdict.outcome) == ((_LONGEST_ID,), verdict)


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
