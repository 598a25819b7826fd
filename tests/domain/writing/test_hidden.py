"""Hidden characters of foreign text are written out, and restored in edits."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.writing.hidden import hidden_line, restored, revealed, with_plain_breaks
from tests.domain.examples import HOSTILE

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
ODD = ["\u034f", "\u3164", "\u2800", "\ufe0f", "\ufe0e", "\u200c", "\u200d", "\ue000", "\ufffc", "\ud800", "\U000e0061"]
TEXTS = st.one_of(HOSTILE, st.lists(st.sampled_from([*ODD, *"aж*1 \n", "❤️", ENGLAND]), max_size=12).map("".join))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("\u2066a\u2069\u061c\u200f", "⟨U+2066⟩a⟨U+2069⟩⟨U+061C⟩⟨U+200F⟩"),
        ("so\u00adft \u2060", "so⟨U+00AD⟩ft ⟨U+2060⟩"),
        ("\x00\x1b[2K\x08\x1c\x7f", "⟨U+0000⟩⟨U+001B⟩[2K⟨U+0008⟩⟨U+001C⟩⟨U+007F⟩"),
        ("a\u034fb", "a⟨U+034F⟩b"),
        ("\u3164\u115f\uffa0\u2800", "⟨U+3164⟩⟨U+115F⟩⟨U+FFA0⟩⟨U+2800⟩"),
        ("\ue000\ufffc\ufffe\U000f0000", "⟨U+E000⟩⟨U+FFFC⟩⟨U+FFFE⟩⟨U+F0000⟩"),
        ("a\ufe0f *\ufe0f❤\ufe0f\ufe0f", "a⟨U+FE0F⟩ *⟨U+FE0F⟩❤\ufe0f⟨U+FE0F⟩"),
        ("葛\U000e0100", "葛⟨U+E0100⟩"),
        ("a\u200c b\u200d", "a⟨U+200C⟩ b⟨U+200D⟩"),
        ("a\u200d\u200db", "a⟨U+200D⟩⟨U+200D⟩b"),
        ("a\ufe0f\u200d🔥", "a⟨U+FE0F⟩⟨U+200D⟩🔥"),
        ("x\U000e0061\U000e007f", "x⟨U+E0061⟩⟨U+E007F⟩"),
        ("🏴\U000e0067\U000e0062", "🏴⟨U+E0067⟩⟨U+E0062⟩"),
        ("🏴\U000e007f", "🏴⟨U+E007F⟩"),
        ("🏴" + "\U000e0061" * 8 + "\U000e007f", "🏴" + "⟨U+E0061⟩" * 8 + "⟨U+E007F⟩"),
        (f"{ENGLAND}\U000e0061", f"{ENGLAND}⟨U+E0061⟩"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_hidden_character_is_written_out_and_counted(text: str, shown: str) -> None:
    assert revealed(text).text == shown
    assert revealed(text).count == shown.count("⟨U+")
    assert restored(f"x {shown}", text) == f"x {text}"


@pytest.mark.parametrize(
    "text",
    [
        "We hear you.\n\n  Indented,\ttabbed, wide\u3000and narrow\u202fspaces\u00a0! ",
        "❤️ ☎︎ ‼️ ™️ ℹ️ ↔️ 1️⃣ *️⃣ #️⃣ 👍🏽 🇲🇽 🩷 🫨",  # noqa: RUF001  # emoji, with a text selector among them
        "👨‍👩‍👧 🧑🏽‍🚀 🏳️‍🌈 🏴‍☠️ ❤️‍🔥 🙂‍↔️ 👁️‍🗨️",
        ENGLAND,
        "می‌خواهم क्‍ष श्री",
        "سورة \u06dd \u0600\u0661",
        "e\u0301 ⟨U+⟩ 漢字 ²½",
    ],
)
def test_what_a_phone_shows_stays(text: str) -> None:
    assert revealed(text).text == text
    assert revealed(text).count == 0


def test_line_breaks_of_every_kind_are_shown_as_one() -> None:
    assert revealed("a\u2028b\x85c\vd\r\ne\rf\fg\u2029h\ni").text == "a\nb\nc\nd\ne\nf\ng\nh\ni"
    assert revealed("a\u2028b").count == 0


@given(TEXTS)
def test_nothing_is_hidden_in_what_is_shown(text: str) -> None:
    shown = revealed(text)

    assert revealed(shown.text).count == 0
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Co", "Zl", "Zp"} or c in "\t\n" for c in shown.text)
    assert "⟨U+" in text or restored(shown.text, text) == with_plain_breaks(text)


def test_edit_gets_back_only_what_the_draft_hides() -> None:
    assert restored("⟨U+202E⟩ ⟨U+200B⟩ ⟨U+0061⟩ ⟨U+FFFFFF⟩", "a\u202eb") == "\u202e ⟨U+200B⟩ ⟨U+0061⟩ ⟨U+FFFFFF⟩"


def test_edit_of_a_draft_that_mentions_characters_stays() -> None:
    assert restored("⟨U+202E⟩", "\u202e is ⟨U+202E⟩") == "⟨U+202E⟩"


def test_line_says_how_many_characters_are_written_out() -> None:
    assert hidden_line(0) is None
    assert hidden_line(1) == "1 hidden character is shown as ⟨U+…⟩."
    assert hidden_line(2) == "2 hidden characters are shown as ⟨U+…⟩."
