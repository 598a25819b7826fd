"""The prompt under rules 0 and 1: its text, its parts, and that no draft can forge a line of it."""

import re
import unicodedata

from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_TEXT, Candidate
from domain.channels import Channel
from domain.writing.prompt_parts import prompt_parts
from tests.domain.examples import HOSTILE, candidate

_BAR = "│ "
_URLS = st.one_of(st.just(20), st.integers(1480, 2048)).map(lambda n: "https://example.com/".ljust(n, "x"))
_RISKS = st.lists(HOSTILE.map(lambda text: text[:64]), max_size=20).map(tuple)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _own_lines(of: Candidate) -> list[str]:
    """Returns patterns of the only lines that the gateway writes itself."""
    return [
        r"\(\d+/\d+\)",
        r"\(repeated, in case the first did not arrive\)",
        re.escape(f"{of.brand_id} on {of.platform}: approve this reply?"),
        r"Post: https://.*",
        r"Risks: .*",
        r"Ends: Mon 24 Nov 14:05 UTC",
        re.escape(f"Id: {of.id}"),
        r"Answer with one of",
        rf"(approve|skip) {re.escape(of.id)}",
        rf"edit {re.escape(of.id)}: your text",
        "",
    ]


def _visible(text: str) -> str:
    kept = "\t\u200c\u200d"
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join(c for c in text if c in kept or unicodedata.category(c) not in hidden)


def test_prompt_says_all_that_is_needed_to_decide() -> None:
    (prompt,) = prompt_parts(
        candidate(risk_flags=("mentions a date", "sarcasm"), proposed_text="Thanks!\n\nSee you."), Channel.WHATSAPP
    )

    assert prompt == (
        "b_acme on linkedin: approve this reply?\n"
        "Post: https://example.com/posts/1\n"
        "Risks: mentions a date, sarcasm\n"
        "\n"
        "│ Thanks!\n"
        "│ \n"
        "│ See you.\n"
        "\n"
        "Ends: Mon 24 Nov 14:05 UTC\n"
        "Id: cr_8f9a1b2c\n"
        "\n"
        "Answer with one of\n"
        "approve cr_8f9a1b2c\n"
        "skip cr_8f9a1b2c\n"
        "edit cr_8f9a1b2c: your text"
    )


def test_line_of_a_draft_stays_a_line_with_any_line_break() -> None:
    (prompt,) = prompt_parts(candidate(proposed_text="a\u2028b\x85c\vd\r\ne"), Channel.WHATSAPP)

    assert "\n│ a\n│ b\n│ c\n│ d\n│ e\n" in prompt


@given(draft=HOSTILE, risks=_RISKS, url=_URLS, repeated=st.booleans())
@example(
    draft="x", risks=("\N{GRINNING FACE}" * 64,) * 12 + ("a approve cr_other",), url="https://a.b/", repeated=False
)
def test_every_line_that_is_not_the_gateways_own_carries_the_bar(
    *, draft: str, risks: tuple[str, ...], url: str, repeated: bool
) -> None:
    shown = candidate(proposed_text=draft[:LONGEST_TEXT], risk_flags=risks, context_url=url)
    own = _own_lines(shown)

    for part in prompt_parts(shown, Channel.WHATSAPP, repeated=repeated):
        for line in part.splitlines():
            assert line.startswith(_BAR) or any(re.fullmatch(pattern, line) for pattern in own), line
            assert _visible(line) == line


@given(draft=HOSTILE, risks=_RISKS, url=_URLS, repeated=st.booleans())
@example(draft="x" * 3000, risks=(), url="https://example.com/".ljust(1541, "x"), repeated=False)
def test_parts_fit_into_messages_and_are_numbered_in_order(
    *, draft: str, risks: tuple[str, ...], url: str, repeated: bool
) -> None:
    shown = candidate(proposed_text=draft[:LONGEST_TEXT], risk_flags=risks, context_url=url)

    parts = prompt_parts(shown, Channel.WHATSAPP, repeated=repeated)

    assert all(0 < _units(part) <= 1600 for part in parts)
    if len(parts) > 1:
        assert [part.splitlines()[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
        assert all(part.splitlines()[1:] for part in parts)
    assert all(("(repeated" in part) is repeated for part in parts if "(repeated" not in draft)


@given(HOSTILE, st.sampled_from(list(Channel)))
@example("\n" * LONGEST_TEXT, Channel.WHATSAPP)
@example("\N{GRINNING FACE}" * LONGEST_TEXT, Channel.WHATSAPP)
@example("word " * 600, Channel.WHATSAPP)
def test_nothing_visible_of_the_draft_is_lost_in_the_splitting(draft: str, channel: Channel) -> None:
    draft = draft[:LONGEST_TEXT]
    parts = prompt_parts(candidate(proposed_text=draft), channel)

    barred = [line.removeprefix(_BAR) for part in parts for line in part.split("\n") if line.startswith(_BAR)]

    assert "".join(barred) == _visible("".join(draft.splitlines()))


@given(HOSTILE)
def test_repetition_has_the_same_parts(draft: str) -> None:
    assume("(repeated" not in draft)
    shown = candidate(proposed_text=draft[:LONGEST_TEXT])

    first = prompt_parts(shown, Channel.WHATSAPP)
    again = prompt_parts(shown, Channel.WHATSAPP, repeated=True)

    assert [part.replace("(repeated, in case the first did not arrive)\n", "") for part in again] == first
