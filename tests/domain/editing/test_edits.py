"""Edits lose what surrounded the draft; an unchanged copy of any prompt is its draft."""

import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.editing.edits import cleaned, is_placeholder, same_as_draft
from domain.writing.hidden import hidden_line, revealed, with_plain_breaks
from domain.writing.marks import MARK, MARKS_ARE_TEXT, marked
from domain.writing.wording import QUOTE, REPETITION
from tests.domain.examples import HOSTILE

HEADER = "[14:05, 24/11/2026] +1 555 123-4567: "
LURES = [
    "│",
    "│ ",
    "⏎",
    " ⏎ ",
    "(1/3)",
    "(2/3)\n",
    '"',
    "“",
    "”",
    "⟨U+202E⟩",
    "⟨U+",
    HEADER,
    REPETITION,
    MARKS_ARE_TEXT,
]
NASTY = st.one_of(
    HOSTILE,
    st.lists(
        st.sampled_from([*LURES, *"*_~`ab 1\n\t", MARK, "\u202e", "\u2028", "\r\n", "👨‍👩‍👧", "https://x.co/_a_"]),
        max_size=16,
    ).map("".join),
)
PLAIN = st.lists(
    st.sampled_from([*"*_~`ab \n", MARK, "\u202e", "👨‍👩‍👧 ", "word ", "https://x.co/_a_ "]), max_size=30
).map("".join)


TITLE = "Acme on X · 5109"
EARLIER_TITLE = "b_acme on x: approve this reply?"
PROMPT = [f"{TITLE}\n│ text"]
PROMPT_IN_THREE = [f"{TITLE} ({number}/3)\n│ text" for number in (1, 2, 3)]
EARLIER_IN_THREE = [f"(1/3)\n{EARLIER_TITLE}\n\n│ text", "(2/3)\n│ text", "(3/3)\n│ text"]


def shown(draft: str, cuts: Sequence[int] = (), *, earlier: bool = False, repeated: bool = False) -> list[str]:
    """Shows a draft in one message, or in several that break it at the `cuts`."""
    text = revealed(draft).text
    places = [0, *sorted({cut % len(text) for cut in cuts} - {0} if text else set()), len(text)]
    parts = [text[start:end] for start, end in pairwise(places)]
    heads = [f"({number}/{len(parts)})" if len(parts) > 1 else "" for number in range(1, len(parts) + 1)]
    heads = [
        f"{head}\n" if head and earlier else "" if earlier else f"{TITLE} {head}".rstrip() + "\n" for head in heads
    ]
    if earlier:
        heads[0] += f"{EARLIER_TITLE}\n"
    again = f"{REPETITION}\n" if repeated else ""
    return [head + again + marked(barred(part)) for head, part in zip(heads, parts, strict=True)]


def copied(messages: Sequence[str], header: str = "") -> str:
    return "\n".join(header + message for message in messages)


def barred(text: str) -> str:
    return "\n".join(QUOTE + line for line in text.split("\n"))


CUTS = st.lists(st.integers(0, 3000), max_size=3)


@given(draft=NASTY, cuts=CUTS, header=st.sampled_from(["", HEADER]), earlier=st.booleans(), repeated=st.booleans())
@example(draft="a word and another", cuts=[5], header="", earlier=False, repeated=False)
@example(draft="│ a\n\n│ │ b", cuts=[4], header="", earlier=False, repeated=True)
@example(draft=f"{'x' * 30}\n{'x' * 60}", cuts=[60], header="", earlier=False, repeated=False)
@example(draft="││", cuts=[1], header="", earlier=False, repeated=False)
@example(draft="a\n\nb", cuts=[2], header=HEADER, earlier=False, repeated=False)
@example(draft=f'"{HEADER}⏎ ⟨U+202E⟩ \u202e {MARK}*a*"', cuts=[], header="", earlier=False, repeated=False)
def test_what_was_shown_is_the_draft(
    *, draft: str, cuts: list[int], header: str, earlier: bool, repeated: bool
) -> None:
    messages = shown(draft, cuts, earlier=earlier)
    text = copied(shown(draft, cuts, earlier=earlier, repeated=repeated), header)

    assert cleaned(text, draft, messages) == draft
    assert cleaned("\n".join(line.rstrip() for line in text.split("\n")), draft, messages) == draft


@given(NASTY)
def test_what_was_shown_without_bars_is_the_draft(draft: str) -> None:
    assert cleaned(marked(revealed(draft).text), draft, PROMPT) == draft
    assert cleaned(marked(revealed(draft).text), draft, PROMPT_IN_THREE) == draft


@given(NASTY)
@example(" │\u2028")
@example(f" {HEADER}\u2028")
def test_what_the_template_showed_is_the_draft(draft: str) -> None:
    """The template shows a run of white space as one space, which is then what the owner means."""
    text = revealed(draft).text
    lines = [" ".join(line.split()) for line in text.split("\n")]
    assume("⏎" not in draft and (len(lines) > 1 or lines == [text]))

    shown_in_one = marked(f"{QUOTE}{' ⏎ '.join(lines).strip()}")
    assert cleaned(shown_in_one, draft, PROMPT) == draft
    assert cleaned(shown_in_one.removeprefix(QUOTE), draft, PROMPT) == draft


@given(PLAIN, st.integers(0, 30))
def test_what_an_owner_adds_to_it_is_all_that_changes(draft: str, line: int) -> None:
    lines = draft.split("\n")
    lines[line % len(lines)] += " added"
    changed = "\n".join(lines)

    text = cleaned(marked(barred(revealed(changed).text)), draft, PROMPT)

    assert text == changed.strip()
    assert not same_as_draft(text, draft)


LONG = "We hear you, and a fix is on its way.\nYou will not have to do anything at all: it comes by itself tonight."


@given(st.lists(st.integers(10, len(LONG) - 10), min_size=1, max_size=3))
def test_change_leaves_no_break_where_a_message_ended(cuts: list[int]) -> None:
    messages = shown(LONG, cuts)

    assert cleaned(f"{copied(messages)} Sorry!", LONG, messages) == f"{LONG} Sorry!"


DRAFT = "We hear you.\nA fix is on its way."


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("> We hear you!\n> A fix is near.", "We hear you!\nA fix is near."),
        ("> We hear you!\n>\n> A fix is near.\n> Soon.", "We hear you!\n\nA fix is near.\nSoon."),
        ("- We hear you!\n- A fix is near.", "We hear you!\nA fix is near."),
        ("• We hear you!\n\n• A fix is near.", "We hear you!\n\nA fix is near."),
        ("> We hear you!\nA fix is near.", "> We hear you!\nA fix is near."),
        ("- We hear you!\n- A fix is near.\n- Soon.", "- We hear you!\n- A fix is near.\n- Soon."),
        ("-5 %\n-6 %", "-5 %\n-6 %"),
    ],
)
def test_mark_that_a_phone_puts_before_every_line_is_removed(edit: str, expected: str) -> None:
    assert cleaned(edit, DRAFT, PROMPT) == expected


@pytest.mark.parametrize("draft", ["> We hear you.\n> Soon.", "- One\n- Two", "We hear you:\n• One"])
def test_mark_of_the_draft_itself_stays(draft: str) -> None:
    edit = "\n".join(f"{draft[0] if draft[0] in '>-' else '•'} {line}" for line in ("Three", "Four"))

    assert cleaned(edit, draft, PROMPT) == edit
    assert cleaned(draft, draft, PROMPT) == draft


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("We *hear* you!", "We *hear* you!"),
        ("│ We hear you!\n│ A fix is near.", "We hear you!\nA fix is near."),
        ("│We hear you!\n│\n│A fix is near.", "We hear you!\n\nA fix is near."),
        ("│ We hear you!\nA fix is near.", "We hear you!\nA fix is near."),
        ("We hear you! ⏎ A fix is near.", "We hear you!\nA fix is near."),
        ("We hear you!⏎⏎A fix is near.", "We hear you!\n\nA fix is near."),
        ('"We hear you!"', "We hear you!"),
        ("“We hear you!”", "We hear you!"),
        ('"We" hear "you"', '"We" hear "you"'),
        ('"We hear you!', '"We hear you!'),
        (f"{HEADER}We hear you!", "We hear you!"),
        (f"{HEADER}│ We hear you!\n{HEADER}│ Bye", "We hear you!\nBye"),
        (f"{MARK}*We* {MARK}*hear*", "*We* *hear*"),
        ("(1/2) We hear you!", "(1/2) We hear you!"),
        (f"We *hear* you!\n{MARKS_ARE_TEXT}", "We *hear* you!"),
        (f"{REPETITION}\n│ We hear you!\n\n{MARKS_ARE_TEXT}", "We hear you!"),
        ("  We hear you!\n\n", "We hear you!"),
        ("We hear you ⟨U+202E⟩", "We hear you ⟨U+202E⟩"),
    ],
)
def test_edit_loses_what_the_draft_does_not_have(edit: str, expected: str) -> None:
    assert cleaned(edit, DRAFT, PROMPT) == expected


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("(1/3)\n│ We hear you!\n(2/3)\n│ A fix\n\n(3/3)\n\n│ is near.", "We hear you!\nA fix\nis near."),
        ("(1/3) We hear you!", "We hear you!"),
        ("(4/3) We hear you!", "(4/3) We hear you!"),
        ("(1/2) We hear you!", "(1/2) We hear you!"),
        ("We hear you (1/3) and", "We hear you (1/3) and"),
        ("│ (1/3) of it", "(1/3) of it"),
    ],
)
def test_numbers_of_three_earlier_parts_are_removed(edit: str, expected: str) -> None:
    assert cleaned(edit, DRAFT, EARLIER_IN_THREE) == expected


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            f"{TITLE} (1/3)\n│ We hear you!\n{TITLE} (2/3)\n│ A fix\n\n{TITLE} (3/3)\n\n│ is near.",
            "We hear you!\nA fix\nis near.",
        ),
        (f"{TITLE} (2/3)\n│ We hear you!", "We hear you!"),
        ("(1/3) We hear you!", "(1/3) We hear you!"),
        ("(1/3)\nWe hear you!", "(1/3)\nWe hear you!"),
    ],
)
def test_numbered_titles_of_three_parts_are_removed(edit: str, expected: str) -> None:
    assert cleaned(edit, DRAFT, PROMPT_IN_THREE) == expected


@pytest.mark.parametrize(
    ("draft", "edit", "expected"),
    [
        ("│ a bar", "│ a bar!", "│ a bar!"),
        ("│ a bar", "│ │ a bar!", "│ a bar!"),
        ("press ⏎ now", "press ⏎ today", "press ⏎ today"),
        ('"Quoted"', '"Quoted!"', '"Quoted!"'),
        ("(1/3) a thread", "(1/3) my thread", "(1/3) my thread"),
        ("(1/3) a thread", "(1/3)\n│ (1/3) my thread", "(1/3) my thread"),
        (f"{HEADER}hello", f"{HEADER}hello!", f"{HEADER}hello!"),
        (f"a\n{MARKS_ARE_TEXT}", f"b\n{MARKS_ARE_TEXT}", f"b\n{MARKS_ARE_TEXT}"),
        (f"a{MARK}b", f"a{MARK}b!", f"a{MARK}b!"),
        ("a\u202eb", "a⟨U+202E⟩b! ⟨U+200B⟩", "a\u202eb! ⟨U+200B⟩"),
        ("a\u202eb ⟨U+202E⟩", "a⟨U+202E⟩b!", "a⟨U+202E⟩b!"),
    ],
)
def test_edit_keeps_what_the_draft_itself_contains(draft: str, edit: str, expected: str) -> None:
    assert cleaned(edit, draft, EARLIER_IN_THREE) == expected


def test_lines_about_the_message_go_with_its_bars() -> None:
    draft = "a\u202eb *c*"
    text = f"{marked(barred(revealed(draft).text))}\n\n{hidden_line(1)}\n{MARKS_ARE_TEXT}"

    assert cleaned(text, draft, PROMPT) == draft


@pytest.mark.parametrize("edit", [DRAFT, f" {DRAFT}\n", "We hear you. \r\nA fix is on its way."])
def test_text_equal_to_the_draft_is_recognized(edit: str) -> None:
    assert same_as_draft(edit, DRAFT)
    assert not same_as_draft(f"{edit} x", DRAFT)
    assert not same_as_draft(edit.replace("We hear", "We  hear"), DRAFT)


@pytest.mark.parametrize(
    "text",
    ["your text", "Your Text", "<your text>", "[Your text]", '"your  text".', "…", "...", "“…”", "*text*", "", "<>"],
)
def test_placeholder_is_recognized(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["We read your text", "your text is here", "Text me", "ok", "👍", "?"])
def test_text_is_not_a_placeholder(text: str) -> None:
    assert not is_placeholder(text)


def test_hostile_edit_is_read_in_bounded_time() -> None:
    """The limit does not measure speed: an exponential pattern takes minutes."""
    began = time.process_time()
    for piece in [
        "\n",
        " ",
        "│",
        "│ \n",
        "(1/3)\n",
        "(1/3)\n│\n",
        "⏎ ",
        " \n",
        '"',
        MARK,
        "⟨U+",
        "[1/1, 1:11] a",
        "https://",
    ]:
        cleaned(piece * (20_000 // len(piece)), "x" + piece * 500 + DRAFT + " \n" * 500 + ".", PROMPT_IN_THREE)
        cleaned(f'"{piece * (20_000 // len(piece))}x"', DRAFT, PROMPT_IN_THREE)

    assert time.process_time() - began < 20


@given(NASTY)
def test_cleaned_edit_breaks_lines_plainly(edit: str) -> None:
    assert with_plain_breaks(cleaned(edit, DRAFT, PROMPT_IN_THREE)) == cleaned(edit, DRAFT, PROMPT_IN_THREE)
