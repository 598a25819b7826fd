"""Marks keep WhatsApp from formatting foreign text (tests/data/whatsapp-formatting.json)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.writing.marks import MARK, MARKS_ARE_TEXT, marked, needs_line, unmarked
from domain.writing.wording import QUOTE
from simulator.twilio.formatting import Span, formatted
from tests.harness.rows import each_row

CASES = json.loads((Path(__file__).parents[2] / "data/whatsapp-formatting.json").read_text(encoding="utf-8"))["cases"]
DRAFTS = [case for case in CASES if "marks" in case]  # the others have invisible characters of their own
LINKED = ["https://example.com/", "HTTPS://x.co/_a_ ", "http://a.example.mx/*x*", "(www.example.com/~b~)", "a_b@c.com "]
INVISIBLE = ["\n", "\u2028", "\u00a0", "\ufeff", "\u200d", "\u2060", MARK]
PIECES = [*"*_~`*_~`ab1ж漢é²½ \t()<>.-/🔥", "```", "❤️", "*️⃣", *INVISIBLE]
UNLINKED = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
ANY = st.lists(st.sampled_from([*PIECES, *LINKED]), max_size=20).map("".join)


def barred(text: str) -> str:
    return "\n".join(QUOTE + line for line in text.split("\n"))


def is_shown_as_it_is(text: str) -> bool:
    return formatted(text) == (Span(text),)


@each_row(DRAFTS)
def test_marks_are_where_the_data_has_them(case: dict[str, Any]) -> None:
    text: str = case["text"]

    assert marked(text) == "".join(MARK + c if at in case["marks"] else c for at, c in enumerate(text))


@each_row(CASES)
def test_whatsapp_formats_nothing_that_is_marked(case: dict[str, Any]) -> None:
    text = marked(barred(case["text"]))

    assert is_shown_as_it_is(text)
    assert text.replace(MARK, "") == barred(case["text"]).replace(MARK, "")


def test_data_has_what_whatsapp_formats_without_marks() -> None:
    assert sum(not is_shown_as_it_is(barred(case["text"])) for case in DRAFTS) == 179


@given(UNLINKED)
def test_whatsapp_formats_nothing_in_any_marked_text(text: str) -> None:
    assert is_shown_as_it_is(marked(barred(text)))


@given(ANY)
@example("a@b.comhttps://x.co/_a_")
def test_message_that_whatsapp_might_format_has_the_line(text: str) -> None:
    """WhatsApp can format what is glued to a link, in spite of all marks."""
    text = barred(text)

    assert needs_line(text) or (marked(text) == text and is_shown_as_it_is(text))


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("We hear you.", False),
        ("2*3*4 and snake_case_name", False),
        ("we're *so* sorry", True),
        ("https://example.com/a_b_c", False),
        ("https://example.com/_private_/a", True),
    ],
)
def test_line_is_needed_where_markers_might_be_eaten(text: str, *, needed: bool) -> None:
    assert needs_line(text) is needed


def test_the_line_is_shown_unchanged_and_needs_no_marks() -> None:
    assert is_shown_as_it_is(MARKS_ARE_TEXT)
    assert marked(MARKS_ARE_TEXT) == MARKS_ARE_TEXT


def test_markers_in_the_gateways_own_words_count() -> None:
    assert marked("│ *now\nedit *4821*") == f"│ *now\nedit {MARK}*4821*"
    assert marked('*Acme* on X: "*now"') == f'{MARK}*Acme* on X: "{MARK}*now"'
    assert marked("│ `a\n│ b`") == f"│ {MARK}`a\n│ b`"


def test_what_ends_a_link_is_not_part_of_it() -> None:
    assert marked("_a https://x.co/_ b") == f"{MARK}_a https://x.co/{MARK}_ b"
    assert marked("_a https://x.co/_b") == f"{MARK}_a https://x.co/_b"


@given(ANY)
def test_edit_of_what_was_shown_loses_the_marks(text: str) -> None:
    draft = text.replace(MARK, "")

    assert unmarked(marked(draft), draft) == draft
    assert unmarked(f"{MARK}{marked(draft)} x{MARK}", draft) == f"{draft} x"


def test_edit_keeps_what_the_draft_itself_contains() -> None:
    assert unmarked(f"a{MARK}b {MARK}*c*!", f"a{MARK}b *c*") == f"a{MARK}b *c*!"
