"""Confirmations say what was understood of a verdict."""

import pytest

from domain.candidate import LONGEST_TEXT
from domain.channels import Channel
from domain.decision import Outcome, Verdict
from domain.writing.confirmations import understood
from domain.writing.fitting import fitted_messages
from domain.writing.marks import MARK, MARKS_ARE_TEXT
from tests.domain.examples import candidate

_NAMED = "5109 “Thanks for the kind words!”"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Outcome.APPROVED), f"Got it: post {_NAMED}"),
        (Verdict(Outcome.REJECTED), f"Got it: skip {_NAMED}"),
        (Verdict(Outcome.REJECTED, note="too\nsalesy"), f"Got it: skip {_NAMED}\nFor the agent: “too salesy”"),
        (
            Verdict(Outcome.EDITED, "My own\n\nwords"),
            f"Got it: post this instead of {_NAMED}\n│ My own\n│ \n│ words",
        ),
    ],
)
def test_what_was_understood_is_said_and_an_edit_is_read_back(verdict: Verdict, words: str) -> None:
    assert understood(candidate(), verdict) == words


@pytest.mark.parametrize(
    "text", ["x" * LONGEST_TEXT, "\N{GRINNING FACE}" * LONGEST_TEXT, "\n" * LONGEST_TEXT, "*_" * 1500]
)
def test_long_edit_is_read_back_whole_in_several_messages(text: str) -> None:
    words = understood(candidate(), Verdict(Outcome.EDITED, text))

    first, *rest = fitted_messages(words, Channel.WHATSAPP)

    assert first.startswith(f"Got it: post this instead of {_NAMED}\n│ ")
    assert rest
    own = {MARKS_ARE_TEXT, first.split("\n")[0]}
    lines = [line for message in (first, *rest) for line in message.replace(MARK, "").split("\n") if line not in own]
    assert all(line.startswith("│ ") for line in lines)
    assert "".join(line.removeprefix("│ ") for line in lines) == text.replace("\n", "")
