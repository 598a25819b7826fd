"""Tapbacks that arrive as text, in each known form and language (tests/data/tapbacks.json)."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from domain.reading.tapbacks import Reaction, Tapback, is_tapback, prepare, tapback
from tests.harness.rows import each_row

DATA = json.loads((Path(__file__).parents[2] / "data/tapbacks.json").read_text(encoding="utf-8"))
QUOTED = "Acme on X · 4821\n│ We hear you."


@each_row(DATA["forms"])
def test_each_form_is_recognized(form: dict[str, Any]) -> None:
    assert is_tapback(form["form"].replace("%e", "👍🏽").replace("%s", QUOTED))


@each_row(DATA["forms"])
def test_each_form_is_read_as_its_reaction_and_never_as_another_thumb(form: dict[str, Any]) -> None:
    name = {"emoji": "like"}.get(form["reaction"], form["reaction"])
    meant = Reaction(name) if name in list(Reaction) and not form["removed"] else Reaction.OTHER
    is_ambiguous = form["form"].startswith("Gostou de")

    found = tapback(form["form"].replace("%e", "👍🏽").replace("%s", QUOTED))

    assert found == Tapback(Reaction.OTHER if is_ambiguous else meant, QUOTED)


@each_row(DATA["messages"])
def test_each_message_is_recognized(message: dict[str, Any]) -> None:
    assert is_tapback(message["text"]) == (message["reaction"] is not None)


@pytest.mark.parametrize(
    "text", ["approve", "skip cr_1", 'edit cr_1: Liked "it"', "", "👍", 'Liked "', "Liked “approve"]
)
def test_command_is_not_a_tapback(text: str) -> None:
    assert not is_tapback(text)


def test_longest_message_is_read_at_once() -> None:
    assert not is_tapback("Liked “" + "”“ " * 5000 + "x")
    assert is_tapback("Liked “" + "”“ " * 5000 + "”")


HOSTILE = [
    *(f"Liked{space * times}x" for space in (" ", "\n", "\u200b ", "\u3000") for times in (16_000, 64_000)),
    *(f'A ajouté un{" " * times}"{" " * times}Jx' for times in (800, 9_000, 64_000)),
    *(
        piece * (length // len(piece))
        for piece in ('"', '" ', '"x', '"x" ', "“” ", "👍 ")
        for length in (19_999, 131_072)
    ),
    *(f"{start}{piece * 9_000}x" for start in ('"', "Liked “", "K ", "Element") for piece in ("” ", '"', " .")),
]
"""Texts with which patterns tried every way to divide the white space, or would."""


def test_hostile_message_is_read_in_bounded_time() -> None:
    """The limit does not measure speed: an exponential pattern takes minutes."""
    prepare()
    began = time.process_time()
    for text in HOSTILE:
        is_tapback(text)

    assert time.process_time() - began < len(HOSTILE) / 10
