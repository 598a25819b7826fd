"""The variables of WhatsApp messages with buttons."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Candidate
from domain.sending.content_kinds import LONGEST, Content, ContentKind
from domain.writing.hidden import revealed
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from domain.writing.prompt_contents import buttons, session_content, template
from domain.writing.prompt_parts import stand_in
from simulator.twilio.formatting import formatted
from tests.domain.writing.test_prompt_parts import CANDIDATES, shown
from tests.harness.processes import REPOSITORY

_BODIES = {
    kind: str(
        json.loads((REPOSITORY / f"docs/whatsapp/candidate_{kind}.json").read_text("utf-8"))["types"][
            "twilio/quick-reply"
        ]["body"]
    )
    for kind in ContentKind
}


def body(content: Content) -> str:
    """Returns the message as it reaches the phone."""
    return re.sub(r"\{\{(\d)\}\}", lambda found: content.variables[int(found[1]) - 1], _BODIES[content.kind])


def test_draft_of_one_line_fills_a_message_with_buttons() -> None:
    content = session_content(
        shown(source_author="@jane", source_text="It crashed!", risk_flags=("a fix",), proposed_text="We hear  you.")
    )

    assert content == Content(
        ContentKind.SESSION,
        (
            "Acme on X · 5109",
            "We hear  you.",
            "cr_8f9a1b2c",
            "08:05 (15 min)",
            "⚠ a fix · Answers @jane: “It crashed!” · https://example.com/posts/1",
        ),
    )


def test_lines_of_a_draft_are_one_line_in_a_template() -> None:
    content = template(shown(proposed_text="We hear you.\n\nBye."))

    assert (content.kind, content.variables[1]) == (ContentKind.WHOLE, "We hear you. ⏎  ⏎ Bye.")


@pytest.mark.parametrize("draft", ["a ⏎ b", "a\tb", "a     b", " a", "a ", "a\n b", "a \nb", "word " * 300])
def test_draft_that_one_line_cannot_show_as_it_is_is_not_offered_for_approval(draft: str) -> None:
    of = shown(proposed_text=draft)

    assert session_content(of) is None
    assert template(of).kind is ContentKind.CUT
    assert not stand_in(of).completes


def test_long_draft_is_cut_and_says_by_how_much() -> None:
    draft = "word " * 600
    shortened = template(shown(proposed_text=draft)).variables[1]

    kept, cut = shortened.split("… (cut: ")
    assert draft.startswith(kept)
    assert len(kept) > 500
    assert abs(len(kept) + int(cut.removesuffix(" more characters)")) - len(draft.strip())) <= 1


@pytest.mark.parametrize("draft", ["a\tb", " a", "a ⏎ b"])
def test_short_draft_that_needs_lines_of_its_own_is_not_called_cut(draft: str) -> None:
    shown_words = template(shown(proposed_text=draft)).variables[1]

    assert shown_words == f"{' '.join(draft.split())} (tabs, spaces and line breaks are not shown as they are)"
    assert "(" not in template(shown(risk_flags=("x" * 64,) * 20)).variables[1], "its context alone is cut"


def test_line_about_marks_is_set_off_from_the_context() -> None:
    context = template(shown(proposed_text="It is *this*.")).variables[4]

    assert context == f"https://example.com/posts/1 · {MARKS_ARE_TEXT}"


def test_content_that_goes_out_late_does_not_say_how_much_time_is_left() -> None:
    contents = [session_content(shown(), is_late=True), template(shown(), is_late=True)]

    assert [content.variables[3] for content in contents if content] == ["08:05", "08:05"]


@pytest.mark.parametrize("draft", ["We hear you.", "word " * 600])
def test_repetition_is_marked_as_such(draft: str) -> None:
    first, again = (template(shown(proposed_text=draft), repeated=repeated) for repeated in (False, True))

    asked, *shown_, until, context = first.variables
    assert again.variables == (
        f"{asked} (repeated, in case the first did not arrive)",
        *shown_,
        until.removesuffix(" (15 min)"),
        context,
    )


def test_buttons_name_the_draft_by_its_first_words_unless_those_need_marks() -> None:
    assert buttons(shown()).variables == ("5109 “Thanks for the kind words!”", "cr_8f9a1b2c")
    assert buttons(shown(proposed_text="It is *this*.")).variables == ("5109", "cr_8f9a1b2c")


@given(of=CANDIDATES, repeated=st.booleans())
@example(of=shown(proposed_text="*" * LONGEST_TEXT, id="x" * 128, brand_name="_" * 100), repeated=True)
@example(of=shown(proposed_text="\N{GRINNING FACE}" * LONGEST_TEXT, id="x" * 128), repeated=True)
def test_values_fit_and_have_nothing_that_whatsapp_refuses_hides_or_formats(*, of: Candidate, repeated: bool) -> None:
    contents = [session_content(of, repeated=repeated), template(of, repeated=repeated), buttons(of)]
    for content in filter(None, contents):
        assert all(content.variables)
        assert not any(re.search(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]|\s{5}", each) for each in content.variables)
        text = body(content)
        assert len(text.encode("utf-16-le")) // 2 <= LONGEST
        assert revealed(text.replace(MARK, "")).count == 0
        if not of.id.startswith("_"):  # a button needs the id as it is
            assert "".join(span.text for span in formatted(text)) == text
        assert (MARK in text) <= (MARKS_ARE_TEXT in text)


@given(CANDIDATES)
def test_whole_content_has_the_draft_unchanged(of: Candidate) -> None:
    for content in filter(None, [session_content(of), template(of)]):
        if content.kind is not ContentKind.CUT:
            assert re.sub(" ?⏎ ?", "\n", content.variables[1].replace(MARK, "")) == revealed(of.proposed_text).text
