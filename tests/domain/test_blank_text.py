"""A text that no owner could see is blank."""

import pytest

from domain.blank_text import is_blank


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\r\n",
        "\u00a0\u3000\u2028",
        "\0\x1b",
        "\u200b\u2060\u202e\ufeff\u00ad",
        "\u2800\u3164\uffa0",
        "\ufe0f\u034f",
    ],
)
def test_text_that_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " . ", "\u200b\N{GRINNING FACE}", "\u0301", "\U0001faea", "\ue000", "\ud800"])
def test_text_that_shows_anything_is_not_blank(text: str) -> None:
    """That includes characters that this Python's Unicode lacks, and invalid text.

    Other checks reject invalid text.
    """
    assert not is_blank(text)
