"""Templates, their buttons, and the window of 24 hours outside which only templates arrive."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from simulator.twilio.content import PostedContent
from tests.simulator.process import (
    OWNER,
    PUBLIC_URL,
    SESSION_SID,
    TEMPLATE,
    TEMPLATE_SID,
    Simulator,
    StubGateway,
)

STATUS_URL = f"{PUBLIC_URL}/webhooks/whatsapp/status/1"
VALUES = {"1": "Grüße 👍", "2": "cr_7"}
BODY = "Please decide on this draft: Grüße 👍; or send\nedit cr_7: your own text"


def test_template_reaches_the_phone_with_its_values_and_buttons(simulator: Simulator) -> None:
    resource = simulator.send_template(variables=VALUES).json()

    assert resource["body"] == BODY
    [message] = simulator.shown("messages", address=OWNER)
    assert message["text"] == BODY
    assert message["buttons"] == [{"title": "Approve", "id": "approve cr_7"}, {"title": "Skip", "id": "skip cr_7"}]
    assert [attempt["text"] for attempt in simulator.shown("attempts", contains="edit cr_7")] == [BODY]


@pytest.mark.parametrize("button", ["Approve", "approve cr_7"])
def test_tap_is_posted_as_twilio_posts_it(simulator: Simulator, gateway: StubGateway, button: str) -> None:
    sid = simulator.send_template(variables=VALUES).json()["sid"]
    simulator.reply(channel="whatsapp", sender=OWNER, quoted=sid, tap=button)

    form = gateway.next().form
    assert (form["MessageType"], form["Body"], form["ButtonText"]) == ("button", "Approve", "Approve")
    assert (form["ButtonPayload"], form["OriginalRepliedMessageSid"]) == ("approve cr_7", sid)


def test_missing_button_cannot_be_tapped(simulator: Simulator) -> None:
    sid = simulator.send_whatsapp().json()["sid"]
    tap = {"channel": "whatsapp", "sender": OWNER, "quoted": sid, "tap": "Approve"}

    assert simulator.http.post("/control/replies", json=tap).status_code == 404


FAILURES: dict[str, tuple[dict[str, str], int]] = {
    "a variable is missing": ({"1": "draft"}, 63028),
    "one variable too many": ({**VALUES, "3": "more"}, 63028),
    "1,025 characters": ({**VALUES, "1": "x" * (1024 - len(BODY) + 8)}, 63021),
}


@pytest.mark.parametrize(("values", "code"), FAILURES.values(), ids=FAILURES)
def test_template_that_whatsapp_refuses_fails_after_it_was_accepted(
    simulator: Simulator, gateway: StubGateway, values: dict[str, str], code: int
) -> None:
    response = simulator.send_template(variables=values, StatusCallback=STATUS_URL)

    assert response.status_code == 201
    form = gateway.next().form
    assert (form["MessageSid"], form["MessageStatus"]) == (response.json()["sid"], "failed")
    assert form["ErrorCode"] == str(code)
    assert simulator.shown("messages") == []


REFUSED_VALUES = {
    "a blank": (" ", 21656),
    "a line break": ("two\nlines", 21656),
    "a tab": ("a\tb", 21656),
    "five spaces": ("a     b", 21656),
    "1,601 characters": ("x" * 1601, 21658),
}


@pytest.mark.parametrize(("value", "code"), REFUSED_VALUES.values(), ids=REFUSED_VALUES)
@pytest.mark.parametrize("sid", [TEMPLATE_SID, SESSION_SID], ids=["template", "session"])
def test_value_that_twilio_rejects_is_refused_at_once(simulator: Simulator, sid: str, value: str, code: int) -> None:
    response = simulator.send_content(sid, {**VALUES, "1": value})

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert simulator.shown("messages") == []


def test_longest_template_arrives(simulator: Simulator) -> None:
    # Twilio counts the emoji of the values twice, as in a body.
    longest = simulator.send_template(variables={**VALUES, "1": "x" * (1024 - len(BODY) + 7)})

    assert len(longest.json()["body"]) == 1024
    assert len(simulator.texts()) == 1


def test_outside_the_window_only_a_template_arrives(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.http.put("/control/window", json={"open": False}).raise_for_status()

    free = simulator.send_whatsapp(StatusCallback=STATUS_URL)
    assert free.status_code == 201
    assert reported(gateway) == (free.json()["sid"], "undelivered", "63016")
    fetched = simulator.fetch(free.json()["sid"])
    assert (fetched["status"], fetched["error_code"]) == ("undelivered", 63016)
    simulator.send_template(variables=VALUES)
    assert simulator.texts() == [BODY]


def reported(gateway: StubGateway) -> tuple[str, str, str]:
    form = gateway.next().form
    return form["MessageSid"], form["MessageStatus"], form["ErrorCode"]


def test_unapproved_content_arrives_only_within_the_window(simulator: Simulator, gateway: StubGateway) -> None:
    sid = simulator.send_content(SESSION_SID, VALUES).json()["sid"]
    [message] = simulator.shown("messages", address=OWNER)
    assert message["buttons"] == [{"title": "Approve", "id": "approve cr_7"}]
    simulator.reply(channel="whatsapp", sender=OWNER, quoted=sid, tap="Approve")
    form = gateway.next().form
    assert (form["MessageType"], form["ButtonPayload"], form["Body"]) == ("interactive", "approve cr_7", "Approve")

    simulator.http.put("/control/window", json={"open": False}).raise_for_status()
    outside = simulator.send_content(SESSION_SID, VALUES, StatusCallback=STATUS_URL)
    assert outside.status_code == 201
    assert reported(gateway) == (outside.json()["sid"], "undelivered", "63016")
    assert len(simulator.shown("messages", address=OWNER)) == 2


def test_owners_message_opens_the_window_for_that_owner(simulator: Simulator) -> None:
    simulator.http.put("/control/window", json={"open": False}).raise_for_status()
    simulator.reply(channel="whatsapp", sender=OWNER, text="hello")
    simulator.send_whatsapp(Body="to the one who wrote")
    simulator.send_whatsapp(Body="to another", To="whatsapp:+447700900123")

    assert simulator.texts() == ["hello", "to the one who wrote"]


@pytest.mark.parametrize("opened_by", [("DELETE", "/control/faults"), ("POST", "/control/reset")])
def test_window_of_one_owner_closes_and_opens_again(simulator: Simulator, opened_by: tuple[str, str]) -> None:
    change = {"open": False, "address": OWNER.removeprefix("whatsapp:")}
    simulator.http.put("/control/window", json=change).raise_for_status()
    simulator.send_whatsapp(Body="outside")
    simulator.send_whatsapp(Body="another's is open", To="whatsapp:+447700900123")
    assert simulator.texts() == ["another's is open"]

    simulator.http.request(*opened_by)
    simulator.send_whatsapp(Body="inside")
    assert simulator.texts(address=OWNER) == ["inside"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "ends with a variable": ({"body": "Please decide on this draft now: {{1}}, or edit {{2}}"}, "end with a variable"),
    "two in a row": ({"body": "Please decide on {{1}} {{2}} as soon as you can"}, "adjacent"),
    "too few words": ({"body": "Draft {{1}} is {{2}} ok"}, "too few words"),
    "a variable without a sample": ({"body": "Please decide on this one: {{1}}, {{2}} and {{3}}, now"}, "sample"),
    "a title twice": (
        {"actions": [{"type": "QUICK_REPLY", "title": "Skip", "id": f"skip {{{{2}}}} {i}"} for i in "ab"]},
        "titles",
    ),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED)
def test_template_that_would_not_be_approved_is_refused(change: dict[str, Any], reason: str) -> None:
    template = json.loads(TEMPLATE.read_text())
    template["types"]["twilio/quick-reply"].update(change)

    with pytest.raises(ValidationError, match=reason):
        PostedContent.model_validate(template)
