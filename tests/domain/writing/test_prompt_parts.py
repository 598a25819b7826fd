"""The prompt: its text, how it is split, and that no draft can imitate the gateway's own lines."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Candidate, Persona, Platform
from domain.channels import Channel
from domain.conversation.numbers import number_of
from domain.sending.content_kinds import ContentKind
from domain.writing.hidden import revealed
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from domain.writing.prompt_parts import prompt, prompt_parts, stand_in
from simulator.twilio.formatting import formatted
from tests.domain.examples import HOSTILE, candidate

_BAR = "│ "
_REPEATED = "(repeated, in case the first did not arrive)"
_MEXICO = timedelta(hours=-6)
_URLS = st.one_of(st.just(20), st.integers(1480, 2048)).map(lambda n: "https://example.com/".ljust(n, "x"))
_TEXTS = st.one_of(HOSTILE, st.text(st.sampled_from("*_~`a .\n"), min_size=1, max_size=60))


def shown(**changes: Any) -> Candidate:
    """Returns a candidate of the current rules."""
    usual = {"platform": Platform.X, "persona": Persona.NORMAL, "brand_name": "Acme", "utc_offset": _MEXICO}
    return candidate(rules=2, **{**usual, **changes})


CANDIDATES = st.builds(
    shown,
    id=st.sampled_from(["cr_8f9a1b2c", "_x_", "x" * 128]),
    proposed_text=_TEXTS.map(lambda text: text[:LONGEST_TEXT]),
    risk_flags=st.lists(_TEXTS.map(lambda text: text[:64]), max_size=20).map(tuple),
    context_url=_URLS,
    source_text=st.none() | _TEXTS.map(lambda text: text[:2000]),
    source_author=st.none() | _TEXTS.map(lambda text: text[:100]),
    brand_name=st.none() | _TEXTS.map(lambda text: text[:100]),
    persona=st.sampled_from(Persona),
)
_CHANNELS = st.sampled_from(Channel)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _own_lines(of: Candidate) -> list[str]:
    """Returns patterns of the only lines that the gateway writes itself."""
    return [
        r".{1,61} on X · 5109|.{1,61} on X · \d{4}|.{1,61} on X · \d{4} \(\d+/\d+\)",
        re.escape(_REPEATED),
        r"Answers( .{1,61})?(: “.{1,201}”)?",
        r"https://\S*",
        r"⚠ .*",
        r"\d+ hidden characters? (is|are) shown as ⟨U\+…⟩\.",
        r"Until 08:05( \(15 min\))?\. Without an answer it is not posted\.",
        re.escape(f"Id: {of.id}"),
        r"yes · no · edit \d{4}: …",
        re.escape(MARKS_ARE_TEXT),
        "",
    ]


def test_prompt_says_all_that_is_needed_to_decide() -> None:
    (text,) = prompt_parts(
        shown(
            proposed_text="We hear you.\n\nA fix is on its way.",
            source_author="@jane",
            source_text="It crashed again,\nthird time this week!",
            risk_flags=("mentions a fix", "sarcasm"),
            context_url="https://x.com/jane/status/1",
        ),
        Channel.IMESSAGE,
    )

    assert text == (
        "Acme on X · 5109\n"
        "│ We hear you.\n"
        "│ \n"
        "│ A fix is on its way.\n"
        "\n"
        "Answers @jane: “It crashed again, third time this week!”\n"
        "https://x.com/jane/status/1\n"
        "⚠ mentions a fix, sarcasm\n"
        "Until 08:05 (15 min). Without an answer it is not posted.\n"
        "Id: cr_8f9a1b2c\n"
        "\n"
        "yes · no · edit 5109: …"
    )


def test_prompt_says_only_what_is_known() -> None:
    (text,) = prompt_parts(shown(brand_name=None, utc_offset=None), Channel.IMESSAGE)

    assert text == (
        "b_acme on X · 5109\n"
        "│ Thanks for the kind words!\n"
        "\n"
        "https://example.com/posts/1\n"
        "Until 14:05 UTC (15 min). Without an answer it is not posted.\n"
        "Id: cr_8f9a1b2c\n"
        "\n"
        "yes · no · edit 5109: …"
    )


def test_gateways_own_findings_come_before_cores_risks() -> None:
    draft = "x" * 285 + "\u202e"
    (text,) = prompt_parts(
        shown(proposed_text=draft, persona=Persona.UNHINGED, risk_flags=("sarcasm",)), Channel.IMESSAGE
    )

    assert "x⟨U+202E⟩\n" in text
    assert "\n⚠ 7 characters too long for X, persona unhinged, sarcasm\n1 hidden character is shown as ⟨U+…⟩.\n" in text


def test_deadline_on_another_day_names_the_day() -> None:
    of = shown(deadline=candidate().accepted_at + timedelta(days=3))

    assert "\nUntil 07:50 on Thu 27 Nov (3 days). " in prompt_parts(of, Channel.IMESSAGE)[0]


def test_only_whatsapp_gets_marks_and_the_message_explains_them() -> None:
    of = shown(proposed_text="a *b* c", brand_name="*Acme*")

    (whatsapp,), (imessage,) = prompt_parts(of, Channel.WHATSAPP), prompt_parts(of, Channel.IMESSAGE)

    assert whatsapp.startswith(f"{MARK}*Acme* on X · 5109\n│ a {MARK}*b* c\n")
    assert whatsapp.endswith(f"\n{MARKS_ARE_TEXT}")
    assert whatsapp.replace(MARK, "") == f"{imessage}\n{MARKS_ARE_TEXT}"


def test_line_of_a_draft_stays_a_line_with_any_line_break() -> None:
    (text,) = prompt_parts(shown(proposed_text="a\u2028b\x85c\vd\r\ne"), Channel.WHATSAPP)

    assert "\n│ a\n│ b\n│ c\n│ d\n│ e\n" in text


@given(of=CANDIDATES, channel=_CHANNELS, repeated=st.booleans())
def test_every_line_that_is_not_the_gateways_own_carries_the_bar(
    *, of: Candidate, channel: Channel, repeated: bool
) -> None:
    own = _own_lines(of)

    for part in prompt_parts(of, channel, repeated=repeated):
        for line in part.replace(MARK, "").splitlines():
            assert line.startswith(_BAR) or any(re.fullmatch(pattern, line) for pattern in own), line
            assert revealed(line).count == 0


@given(of=CANDIDATES, channel=_CHANNELS, repeated=st.booleans())
@example(of=shown(proposed_text="*" * LONGEST_TEXT), channel=Channel.WHATSAPP, repeated=True)
@example(of=shown(proposed_text="\n" * LONGEST_TEXT), channel=Channel.WHATSAPP, repeated=True)
@example(of=shown(proposed_text="\N{GRINNING FACE}" * LONGEST_TEXT), channel=Channel.WHATSAPP, repeated=True)
def test_parts_fit_into_messages_and_each_begins_with_number_and_place(
    *, of: Candidate, channel: Channel, repeated: bool
) -> None:
    parts = prompt_parts(of, channel, repeated=repeated)

    assert all(0 < _units(part) <= channel.traits.longest_message for part in parts)
    firsts = [part.replace(MARK, "").split("\n")[0] for part in parts]
    of_many = [f" ({n}/{len(parts)})" for n in range(1, len(parts) + 1)] if len(parts) > 1 else [""]
    assert [re.sub(r".* on X · \d{4}", "", first) for first in firsts] == of_many
    assert all(part.split("\n")[1:] for part in parts)
    assert all((part.split("\n")[1] == _REPEATED) is repeated for part in parts)


@given(of=CANDIDATES, channel=_CHANNELS)
@example(of=shown(proposed_text="word " * 600), channel=Channel.WHATSAPP)
def test_what_the_prompt_shows_is_the_draft(of: Candidate, channel: Channel) -> None:
    barred = [line for part in prompt_parts(of, channel) for line in part.split("\n") if line.startswith(_BAR)]
    draft = "".join(line.removeprefix(_BAR) for line in barred).replace(MARK, "")

    assert draft.startswith(revealed(of.proposed_text).text.replace("\n", ""))


@given(of=CANDIDATES, repeated=st.booleans())
def test_whatsapp_shows_every_character_of_a_prompt_unchanged(*, of: Candidate, repeated: bool) -> None:
    for part in prompt_parts(of, Channel.WHATSAPP, repeated=repeated):
        assert [span.styles for span in formatted(part)] == [()]
        assert "".join(span.text for span in formatted(part)) == part
        assert (MARK in part) <= part.endswith(f"\n{MARKS_ARE_TEXT}")


@given(of=CANDIDATES, channel=_CHANNELS)
def test_repetition_has_the_same_parts(of: Candidate, channel: Channel) -> None:
    assume(_REPEATED not in of.proposed_text)

    late, again = prompt_parts(of, channel, is_late=True), prompt_parts(of, channel, repeated=True)

    assert [part.replace(f"{_REPEATED}\n", "") for part in again] == late


@given(of=CANDIDATES, channel=_CHANNELS)
@example(of=shown(proposed_text="word " * 600), channel=Channel.WHATSAPP)
@example(of=shown(proposed_text="Until 08:05 (15 min). Without an answer it is not posted."), channel=Channel.IMESSAGE)
def test_late_prompt_differs_only_in_the_time_that_is_left(of: Candidate, channel: Channel) -> None:
    at_once, late = prompt_parts(of, channel), prompt_parts(of, channel, is_late=True)

    told = "\nUntil 08:05 (15 min). "
    assert sum(part.count(told) for part in at_once) == 1
    assert [part.replace(told, "\nUntil 08:05. ") for part in at_once] == late


@pytest.mark.parametrize("channel", Channel)
def test_part_that_goes_out_late_says_no_time_left_in_any_form(channel: Channel) -> None:
    of = shown()
    at_once, late = ([*prompt(of, channel, is_late=late), stand_in(of, is_late=late)] for late in (False, True))

    for part, later in zip(at_once, late, strict=True):
        assert (part.tells_time_left, later.tells_time_left) == (True, False)
        assert (later.name, later.completes) == (part.name, part.completes)
        assert "15 min" in str(part.wordings)
        assert "15 min" not in str(later.wordings)
    assert not any(part.tells_time_left for part in prompt(of, channel, repeated=True))
    assert not any(part.tells_time_left for part in prompt(candidate(rules=1), channel))


@pytest.mark.parametrize("id_", ["all", "list", "help", "more", "it", "yes", "4821", "482173"])
def test_id_that_an_owner_could_not_name_it_by_is_not_shown(id_: str) -> None:
    (text,) = prompt_parts(shown(id=id_), Channel.IMESSAGE)

    assert "Id:" not in text
    assert text.endswith(f"edit {number_of(id_)}: …")


def test_prompt_of_one_line_has_buttons_and_one_of_several_lines_does_not() -> None:
    (one,) = prompt(shown(), Channel.WHATSAPP)
    (several,) = prompt(shown(proposed_text="Thanks!\nSee you."), Channel.WHATSAPP)

    assert one.session
    assert one.session.kind is ContentKind.SESSION
    assert several.session is None
    assert [part.outside and part.outside.kind for part in (one, several)] == [ContentKind.WHOLE] * 2


def test_long_prompt_has_the_cut_template_only_for_its_first_part() -> None:
    first, *rest = prompt(shown(proposed_text="word " * 600), Channel.WHATSAPP)

    assert first.session is None
    assert first.outside
    assert first.outside.kind is ContentKind.CUT
    assert not any(part.session or part.outside for part in rest)
    assert [part.completes for part in (first, *rest)] == [False] * len(rest) + [True]


def test_channel_without_templates_gets_only_text() -> None:
    (part,) = prompt(shown(), Channel.IMESSAGE)

    assert (part.template, part.session, part.outside) == (None, None, None)
