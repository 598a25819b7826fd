"""A whole prompt that comes back as an edit is its draft; none of the gateway's lines is posted."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.candidate import Candidate, Platform
from domain.channels import Channel
from domain.decision import Outcome, Verdict
from domain.editing import new_texts
from domain.editing.edits import is_placeholder
from domain.editing.new_texts import NewText
from domain.writing import refusals
from domain.writing.prompt_contents import buttons, session_content, template
from domain.writing.prompt_parts import prompt_parts
from tests.domain.examples import candidate
from tests.domain.writing.test_prompt_contents import body
from tests.domain.writing.test_prompt_parts import CANDIDATES, shown

HEADER = "[14:05, 24/11/2026] +1 555 123-4567: "
DRAFT = "We *hear* you, and *you*.\n\nA fix is on its way."
OF = shown(
    proposed_text=DRAFT,
    source_author="@jane",
    source_text="It *crashed*, *again*!",
    risk_flags=("a fix",),
    context_url="https://x.com/jane/status/1",
)
LONG = shown(
    platform=Platform.LINKEDIN,
    proposed_text="We hear you.\n\n" + "A fix is on its way. " * 100,
    context_url="https://x.com/".ljust(1900, "x"),
)
EARLIER = candidate(proposed_text=DRAFT, rules=1)
APPROVED = NewText(Verdict(Outcome.APPROVED))


def read(edit: str, of: Candidate, channel: Channel = Channel.WHATSAPP) -> NewText | str:
    """Reads an edit that arrived in a message of acceptable length for its channel."""
    return new_texts.read("", channel, of, Verdict(Outcome.EDITED, edit))


@pytest.mark.parametrize(
    "note",
    ["… (cut: 1234 more characters)", "… 1234 more characters", "…(1 more character)", "\n(cut: 7 more characters)"],
)
def test_edit_of_a_draft_that_was_shown_cut_is_refused(note: str) -> None:
    refusal = f"We hear you{note}"

    assert read(refusal, OF) == refusals.cut_note(OF)
    assert isinstance(read(refusal, candidate(proposed_text=f"A list{note}")), NewText)


@pytest.mark.parametrize(
    "text", ["\u2800", "\u3164\u115f", "\u200b\u00ad", "“\u2800”", "│ \u200b", "<text>", "[text]", "…"]
)
def test_text_that_shows_nothing_is_refused(text: str) -> None:
    assert read(text, OF) == refusals.placeholder(OF)


@pytest.mark.parametrize(
    "text",
    [
        "We hear you.\nyes 7390",
        "We hear you.\n\n7390 no\nBye.",
        "We hear you. edit 7390: Hello",
        "We hear you.\nEdit #7390 Hello there, and welcome.",
        "We hear you.\nyes 7390 no 4821",
    ],
)
def test_text_with_another_command_in_it_is_refused(text: str) -> None:
    assert read(text, OF) == refusals.holds_command(OF)
    assert isinstance(read(f"{text}!", candidate(proposed_text=text)), NewText)


@pytest.mark.parametrize(
    "text",
    ["We hear you.\nEdit: a typo.", "Yes!\nNo 7390 users are hit.", "Call 4821 7390.", "We say yes 7390 times\nand no"],
)
def test_text_that_only_contains_words_of_commands_is_accepted(text: str) -> None:
    assert read(text, OF) == NewText(Verdict(Outcome.EDITED, text))


@pytest.mark.parametrize("of", [OF, LONG, EARLIER], ids=["one", "several", "earlier"])
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("header", ["", HEADER])
@pytest.mark.parametrize("repeated", [False, True])
def test_prompt_copied_whole_is_an_approval(*, of: Candidate, channel: Channel, header: str, repeated: bool) -> None:
    messages = prompt_parts(of, channel, repeated=repeated)

    assert read("\n".join(header + message for message in messages), of, channel) == APPROVED


@given(of=CANDIDATES, channel=st.sampled_from(Channel), repeated=st.booleans())
def test_copy_of_any_prompt_is_an_approval(*, of: Candidate, channel: Channel, repeated: bool) -> None:
    assume(not is_placeholder(of.proposed_text))

    assert read("\n".join(prompt_parts(of, channel, repeated=repeated)), of, channel) == APPROVED


@pytest.mark.parametrize("of", [OF, LONG, EARLIER], ids=["one", "several", "earlier"])
@pytest.mark.parametrize("channel", Channel)
def test_change_in_a_copied_prompt_is_all_that_changes(of: Candidate, channel: Channel) -> None:
    changed = "\n".join(prompt_parts(of, channel)).replace("A fix", "A cure", 1)

    expected = of.proposed_text.replace("A fix", "A cure", 1).strip()
    assert read(changed, of, channel) == NewText(Verdict(Outcome.EDITED, expected))


def test_text_of_an_owner_keeps_a_line_that_the_prompt_has_too() -> None:
    text = f"We hear you.\n{OF.context_url}"

    assert read(text, OF) == NewText(Verdict(Outcome.EDITED, text))


@pytest.mark.parametrize("kind", ["session", "whole", "cut", "buttons"])
def test_copied_message_with_buttons_is_not_a_text(kind: str) -> None:
    of = shown(proposed_text="We hear you. " * 100 if kind == "cut" else "We hear you.")
    contents = {"session": session_content(of), "buttons": buttons(of)}
    content = contents.get(kind, template(of))
    assert content is not None
    assert content.kind == kind

    assert read(body(content), of) == refusals.our_lines(of)


@pytest.mark.parametrize(
    "edit",
    [
        "Sure: Acme on X · 5109",
        "We hear you.\nMy Id: cr_8f9a1b2c",
        "│ We hear you!\n\nUntil 08:05 (15 min). Without an answer it is not posted.",
        "│ We hear you!\n\nUntil 08:05. Without an answer it is not posted.",
        "We hear you!\nyes · no · edit 5109: …",
    ],
)
def test_what_still_has_our_lines_is_refused(edit: str) -> None:
    assert read(edit, OF) == refusals.our_lines(OF)


def test_draft_may_say_what_the_gateway_says() -> None:
    of = shown(proposed_text="Tap Approve to post it as it is.\nFor Acme on X · 5109")

    text = f"{of.proposed_text}!"
    assert read(text, of) == NewText(Verdict(Outcome.EDITED, text))
