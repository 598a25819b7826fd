"""What an owner can send, read as a command."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.conversation.commands import Command, is_same_id, parse
from domain.decision import Outcome, Verdict
from tests.domain.examples import CANDIDATE_IDS

_OUTCOMES = {"approve": Outcome.APPROVED, "skip": Outcome.REJECTED, "reject": Outcome.REJECTED}
_SPACES = st.text(" \t\n\r\u00a0\u2003", max_size=3)
_GAPS = st.text(" \t\n\r\u00a0\u2003", min_size=1, max_size=3)
_NEW_TEXTS = st.text(min_size=1, max_size=80).map(str.strip).filter(bool)


@st.composite
def _any_case(draw: st.DrawFn, word: str) -> str:
    upper = draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    return "".join(c.upper() if up else c for c, up in zip(word, upper, strict=True))


@given(st.data(), st.sampled_from(sorted(_OUTCOMES)), CANDIDATE_IDS, _SPACES, _GAPS, _SPACES)
def test_judgement_is_read_in_any_case_and_white_space_with_its_id_as_written(
    data: st.DataObject, verb: str, candidate_id: str, before: str, gap: str, after: str
) -> None:
    written = data.draw(_any_case(verb))

    assert parse(f"{before}{written}{gap}{candidate_id}{after}") == Command(Verdict(_OUTCOMES[verb]), candidate_id)
    assert parse(f"{before}{written}{after}") == Command(Verdict(_OUTCOMES[verb]), None)


@given(st.data(), CANDIDATE_IDS, _GAPS, _SPACES, _NEW_TEXTS)
def test_edit_takes_everything_after_the_first_colon(
    data: st.DataObject, candidate_id: str, gap: str, space: str, text: str
) -> None:
    written = data.draw(_any_case("edit"))
    verdict = Verdict(Outcome.EDITED, text)

    assert parse(f"{written}{gap}{candidate_id}{space}:{space}{text}") == Command(verdict, candidate_id)
    assert parse(f"{written}{space}:{space}{text}") == Command(verdict, None)


def test_edited_text_keeps_its_lines_and_colons() -> None:
    command = parse("Edit ag_1.x-y_linkedin:  First: line\n\n  second line  \n")

    assert command == Command(Verdict(Outcome.EDITED, "First: line\n\n  second line"), "ag_1.x-y_linkedin")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " \n",
            "help",
            "ok",
            "yes",
            "yes, but…",
            "👍",
            "cr_1",
            "cr_1 approve",
            "approved",
            "approve!",
            "don't approve cr_1",
        ),
        *("approve cr_1 please", "approve cr_1 cr_2", "approve cr_1\nskip cr_2", "approve: cr_1", "approvecr_1"),
        *("skip it, it is bad", "reject cr/1", "please help", "help me", "approve cr_1'--", "approve " + "x" * 129),
        *("edit", "edit cr_1", "edit cr_1:", "edit cr_1: \n", "edit:", "edit cr_1 new text", "edit my reply: new text"),
        *("editcr_1: text", "edited cr_1: text", '"approve cr_1"', "> approve cr_1", "/approve cr_1"),
    ],
)
def test_anything_besides_the_command_makes_it_none(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=60))
@example("\N{LATIN SMALL LETTER LONG S}kip cr_1")
@example("SKİP cr_1")
@example("sk\N{LATIN SMALL LETTER DOTLESS I}p")
@example("approve \N{KELVIN SIGN}")
def test_whatever_is_written_can_be_read(text: str) -> None:
    command = parse(text)

    if command:
        assert (command.verdict.outcome is Outcome.EDITED) == bool(command.verdict.text)


@pytest.mark.parametrize("written", ["cr_1a", "CR_1A", "cr_1a.", "Cr_1A."])
def test_id_is_recognised_without_case_and_one_trailing_full_stop(written: str) -> None:
    assert is_same_id(written, "Cr_1a")


@pytest.mark.parametrize("written", ["cr_1", "cr_1aa", "cr_1a..", ".cr_1a", "cr-1a", ""])
def test_id_is_not_recognised_if_anything_else_differs(written: str) -> None:
    assert not is_same_id(written, "cr_1a")


def test_id_that_ends_in_a_full_stop_is_itself() -> None:
    assert is_same_id("CR_1.", "cr_1.")
