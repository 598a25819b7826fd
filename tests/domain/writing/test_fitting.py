"""How a text goes out on a channel."""

from domain.channels import Channel
from domain.writing.fitting import bare_draft, fitted
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from tests.domain.examples import candidate


def test_channel_without_formatting_gets_a_text_unchanged() -> None:
    assert fitted("a *b* c", Channel.IMESSAGE) == "a *b* c"
    assert fitted("a b c", Channel.WHATSAPP) == "a b c"
    assert fitted("a *b* c", Channel.WHATSAPP) == f"a {MARK}*b* c\n{MARKS_ARE_TEXT}"


def test_bare_draft_is_the_draft_to_be_copied() -> None:
    of = candidate(proposed_text="a *b*\n- c\u202e")

    assert bare_draft(of, Channel.IMESSAGE) == "a *b*\n- c⟨U+202E⟩"
    assert bare_draft(of, Channel.WHATSAPP) == f"a {MARK}*b*\n- c⟨U+202E⟩"
    assert bare_draft(candidate(proposed_text="x" * 1500), Channel.WHATSAPP) == "x" * 1500
    assert bare_draft(candidate(proposed_text="x" * 1501), Channel.WHATSAPP) is None
