"""What was seen is what is posted: a prompt shows every character of a draft, or what is hidden.

WhatsApp shows what its formatting leaves of a message, by the simulator's model of it; iMessage
shows the message unchanged.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT
from domain.channels import Channel
from domain.editing.edits import cleaned
from domain.sending.content_kinds import ContentKind
from domain.writing.fitting import bare_draft, fitted_messages, longest_length, room
from domain.writing.hidden import hidden_line, revealed, with_plain_breaks
from domain.writing.marks import MARK, MARKERS, MARKS_ARE_TEXT
from domain.writing.prompt_contents import LINE_BREAK, buttons, session_content, template
from domain.writing.prompt_parts import prompt_parts, stand_in
from domain.writing.wording import QUOTE, quoted_lines
from simulator.twilio.formatting import formatted
from tests.domain.examples import HOSTILE
from tests.domain.writing.test_prompt_contents import body
from tests.domain.writing.test_prompt_parts import shown

_DATA = Path(__file__).parents[2] / "data/whatsapp-formatting.json"
_FORMATTED = [case["text"] for case in json.loads(_DATA.read_text(encoding="utf-8"))["cases"]]
_FLAGS = [
    "🇲🇽",
    "🇲",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "🏴\U000e0067\U000e0062",
    "\U000e007f",
]
_EMOJI = ["👨‍👩‍👧", "👍🏽", "❤️", "1️⃣", "\U0001f600", "\U0010fffd", "\uffff", "🏳️‍🌈", "\u200d", "\ufe0f"]
_OURS = [
    "│ ",
    "⏎",
    " ⏎ ",
    "⟨U+202E⟩",
    "⟨U+",
    MARK,
    MARKS_ARE_TEXT,
    "… (cut: 12 more characters)",
    "(1/2)",
    "\t",
    "     ",
]
_LONG = [
    "*" * 400,
    "😀" * 700,
    "x" * 1600,
    "_a_ " * 300,
    "word " * 300,
    "\n" * 200,
    " " * 300,
    "https://x.co/_a_/" * 60,
]
_PIECES = st.one_of(
    st.sampled_from([*_FLAGS, *_EMOJI, *_OURS, *"*_~`*_ab 1\n", "\r\n", "\u2028", "\u202e", "\u2066"]),
    st.sampled_from(_FORMATTED),
    st.sampled_from(_LONG),
    HOSTILE,
)
TEXTS = st.lists(_PIECES, min_size=1, max_size=6).map(lambda pieces: "".join(pieces)[:LONGEST_TEXT])
CHANNELS = st.sampled_from(Channel)

_WORDS = "Post this instead of 5109 “We hear you.”?"
_BESIDE_WORDS = room(Channel.WHATSAPP) - longest_length(f"{_WORDS}\n")
"""How much of a text fits into one message with the words."""

_UNDRAWN = re.compile(f"{MARK}(?=[{re.escape(MARKERS)}])")
_GLUED = re.compile(r"[^\s│]https?://|\w@", re.IGNORECASE)
_LISTS = re.compile(r"^\s*(?:[-*•>]|\d+\.)", re.MULTILINE)
_WRITTEN_OUT = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")


def on_phone(message: str, channel: Channel) -> str:
    """Returns the characters that the app draws: no marks, and no markers of what it formats.

    WhatsApp can format what is glued to a link, in spite of all marks: there the message must say
    that marks are text.
    """
    if not channel.traits.formats_text:
        return message
    drawn, plain = (_UNDRAWN.sub("", text) for text in ("".join(span.text for span in formatted(message)), message))
    return plain if _GLUED.search(plain) and MARKS_ARE_TEXT in plain else drawn


def quoted_in(messages: Sequence[str], channel: Channel) -> list[str]:
    """Returns what each message shows between the bars, as its owner reads it."""
    lines = [on_phone(message, channel).split("\n") for message in messages]
    return ["\n".join(line.removeprefix(QUOTE) for line in each if line.startswith(QUOTE)) for each in lines]


def follows(pieces: Sequence[str], text: str) -> str | None:
    """Returns what is left of a text after pieces that each end where a message does.

    Returns None if the pieces do not fit.
    """
    for number, piece in enumerate(pieces):
        text = text.removeprefix("\n") if number and text.startswith("\n") else text
        if not text.startswith(piece):
            return None
        text = text.removeprefix(piece)
    return text


def read_back(seen: str) -> str:
    """Returns the text behind what an owner reads, with its hidden characters restored."""
    return _WRITTEN_OUT.sub(lambda written: chr(int(written[1], 16)), seen)


@given(draft=TEXTS, channel=CHANNELS, repeated=st.booleans())
@example(draft=f"a{MARK}*b* \u202e🏴\U000e0067", channel=Channel.WHATSAPP, repeated=False)
@example(draft="x" * 1400 + " " + "*_" * 800, channel=Channel.WHATSAPP, repeated=True)
def test_prompt_of_text_shows_every_character_that_core_gets(*, draft: str, channel: Channel, repeated: bool) -> None:
    of = shown(proposed_text=draft, context_url="https://x.co/a")
    messages = prompt_parts(of, channel, repeated=repeated)

    seen = revealed(draft)
    assert follows(quoted_in(messages, channel), seen.text) == ""
    assert "⟨U+" in draft or read_back(seen.text) == with_plain_breaks(draft)
    lines = [line for message in messages for line in on_phone(message, channel).split("\n")]
    assert (hidden_line(seen.count) in lines) is (seen.count > 0)
    assert MARK not in "".join(lines)


@given(draft=TEXTS, repeated=st.booleans())
@example(draft="a ⏎ b", repeated=False)
@example(draft="a\n\n*b*\u200b_c_", repeated=False)
@example(draft="word " * 200 + "\u202e", repeated=True)
def test_message_with_buttons_shows_every_character_or_says_how_many_it_does_not(draft: str, *, repeated: bool) -> None:
    of = shown(proposed_text=draft)
    seen = revealed(draft)
    for content in filter(None, [session_content(of, repeated=repeated), template(of, repeated=repeated)]):
        text = on_phone(body(content), Channel.WHATSAPP)
        (variable,) = quoted_in([body(content)], Channel.WHATSAPP)
        kept, cut, rest = variable.rpartition("… (cut: ")
        if content.kind is not ContentKind.CUT:
            assert re.sub(f" ?{LINE_BREAK} ?", "\n", variable) == seen.text
        elif cut and not seen.text.endswith(f"{cut}{rest}"):
            in_one_line = f" {LINE_BREAK} ".join(" ".join(line.split()) for line in seen.text.split("\n")).strip()
            assert in_one_line.startswith(kept)
            assert len(in_one_line[len(kept) :].lstrip()) <= int(rest.removesuffix(" more characters)"))
        assert (hidden_line(seen.count) or "") in text


@given(TEXTS)
def test_message_that_shows_less_than_the_draft_lets_nobody_approve_it(draft: str) -> None:
    of = shown(proposed_text=draft)

    assert stand_in(of).completes is (template(of).kind is ContentKind.WHOLE)
    assert len(buttons(of).variables[0]) < 80  # they follow the whole draft, and show none of it


@given(TEXTS, CHANNELS)
@example("x" * 1400 + " " + "y" * 700 + " " + "z" * 700, Channel.WHATSAPP)
@example("x" * 3000, Channel.WHATSAPP)
@example("x" * (2 * (_BESIDE_WORDS - len(QUOTE)) + 10), Channel.WHATSAPP)
@example("short\n" + "x" * (2 * (_BESIDE_WORDS - len(QUOTE)) + 10), Channel.WHATSAPP)
def test_text_that_is_read_back_shows_every_character(text: str, channel: Channel) -> None:
    question = "\n".join([_WORDS, *quoted_lines(text), "yes or no"])

    assert follows(quoted_in(fitted_messages(question, channel), channel), revealed(text).text) == ""


@given(TEXTS, CHANNELS)
def test_draft_that_was_copied_from_what_was_shown_is_the_draft(draft: str, channel: Channel) -> None:
    of = shown(proposed_text=draft)
    messages = prompt_parts(of, channel)
    assert cleaned("\n".join(messages), draft, messages) == draft

    bare = bare_draft(of, channel)
    if bare is None:
        return
    assert _LISTS.search(draft) or on_phone(bare, channel) == revealed(draft).text  # bars alone keep lists from it
    assert cleaned(bare, draft, messages) == draft
