"""WhatsApp's formatting, by tests/data/whatsapp-formatting.json, and how the phone shows it."""

import json
from pathlib import Path
from typing import Any

from simulator.twilio.formatting import Span, Style, formatted
from tests.harness.rows import each_row
from tests.simulator.process import OWNER, Simulator

CASES = json.loads((Path(__file__).parents[1] / "data/whatsapp-formatting.json").read_text(encoding="utf-8"))["cases"]
LETTERS = dict(zip("q*#pcbis", Style, strict=True))


def _as_in_the_data(span: Span) -> str:
    letters = "".join(letter for letter, style in LETTERS.items() if style in span.styles)
    return f"⟦{letters} {span.text}⟧" if letters else span.text


@each_row(CASES)
def test_text_is_shown_as_whatsapp_web_shows_it(case: dict[str, Any]) -> None:
    assert "".join(map(_as_in_the_data, formatted(case["text"]))) == case["web"]


def test_longest_message_is_formatted_at_once() -> None:
    assert formatted("_a _" * 400) == (Span("_a _" * 400),)


def test_phone_shows_whatsapps_formatting_and_none_on_imessage(simulator: Simulator) -> None:
    simulator.send_whatsapp(Body="> a *b* `c`\n- d")
    simulator.reply(channel="whatsapp", sender=OWNER, text="edit: _e_")
    simulator.reply(channel="imessage", sender="owner@example.com", text="edit: _e_")

    assert [message["shown"] for message in simulator.shown("messages")] == [
        [
            {"text": "a ", "styles": ["quote"]},
            {"text": "b", "styles": ["quote", "bold"]},
            {"text": " ", "styles": ["quote"]},
            {"text": "c", "styles": ["quote", "code"]},
            {"text": "\n", "styles": ["quote"]},
            {"text": "• d", "styles": ["bullet"]},
        ],
        [{"text": "edit: ", "styles": []}, {"text": "e", "styles": ["italic"]}],
        [{"text": "edit: _e_", "styles": []}],
    ]
