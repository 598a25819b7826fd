"""The messages with buttons: what is posted to Twilio for them, and which values fit."""

import json
import re
from typing import Any

import pytest

from domain.reading.grammar import read
from domain.reading.requests import Decide, EditHow, ShowPrompt
from domain.sending.content_kinds import LONGEST, LONGEST_FIXED, ContentKind
from tests.harness.processes import REPOSITORY

_PLACEHOLDER = re.compile(r"\{\{(\d)\}\}")
_LONGEST_ID = "x" * 127 + "1"
_DECIDING = ["approve {{3}}", "skip {{3}}", "edit {{3}}"]
_BUTTONS = {
    ContentKind.WHOLE: _DECIDING,
    ContentKind.CUT: ["show {{3}}", "skip {{3}}"],
    ContentKind.SESSION: _DECIDING,
    ContentKind.BUTTONS: [button.replace("3", "2") for button in _DECIDING],
}

each_kind = pytest.mark.parametrize("kind", ContentKind)


def posted(kind: ContentKind) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((REPOSITORY / f"docs/whatsapp/candidate_{kind}.json").read_text("utf-8"))
    return document


def body(kind: ContentKind) -> str:
    return str(posted(kind)["types"]["twilio/quick-reply"]["body"])


def filled(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@each_kind
def test_body_shows_each_variable_as_whatsapp_would_approve_it(kind: ContentKind) -> None:
    text, samples = body(kind), posted(kind)["variables"]
    words = [re.sub(r"\W", "", between) for between in _PLACEHOLDER.split(text)[::2]]
    shown = ["1"] if kind is ContentKind.BUTTONS else sorted(samples)  # the prompt of text before it has the id

    assert sorted(_PLACEHOLDER.findall(text)) == shown
    assert sorted(samples) == [str(n) for n in range(1, len(samples) + 1)]
    assert not [between for between in words if not between], "starts, ends or goes on with a variable"
    assert len(_PLACEHOLDER.sub("", text).split()) >= 2 * len(shown) + 1
    assert not re.search(r"\n{3}| {4}|[*_~`]", text)
    assert units(filled(text, samples)) <= LONGEST


@each_kind
def test_body_leaves_the_promised_room_for_variables(kind: ContentKind) -> None:
    assert units(_PLACEHOLDER.sub("", body(kind))) <= LONGEST_FIXED[kind]


@each_kind
def test_buttons_are_commands_on_the_candidate_that_they_name(kind: ContentKind) -> None:
    actions = posted(kind)["types"]["twilio/quick-reply"]["actions"]

    assert [action["id"] for action in actions] == _BUTTONS[kind]
    assert len({action["title"] for action in actions}) == len(actions) <= 3
    for action in actions:
        payload = _PLACEHOLDER.sub(_LONGEST_ID, action["id"])
        assert len(action["title"]) <= 20
        assert len(payload) <= 200
        match read(payload):
            case Decide(names=names):
                assert names == (_LONGEST_ID,)
            case EditHow(name=name) | ShowPrompt(name=name):
                assert name == _LONGEST_ID
            case other:
                pytest.fail(f"{payload} is {other}")


def test_draft_that_is_cut_cannot_be_approved_by_a_button() -> None:
    assert "approve" not in json.dumps(posted(ContentKind.CUT)["types"]["twilio/quick-reply"]["actions"]).lower()


def test_name_and_language_identify_the_content() -> None:
    assert [(posted(kind)["friendly_name"], posted(kind)["language"]) for kind in ContentKind] == [
        (f"candidate_{kind}", "en") for kind in ContentKind
    ]
    assert [kind for kind in ContentKind if kind.is_template] == [ContentKind.WHOLE, ContentKind.CUT]
