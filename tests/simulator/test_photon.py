"""The simulated iMessage sidecar."""

import json

from tests.simulator.process import Gateway, Simulator

OWNER = "owner@example.com"


def test_sent_text_shows_on_the_phone(simulator: Simulator) -> None:
    response = simulator.send_imessage("Hello 👍")

    assert (response.status_code, response.json()) == (200, {"status": "sent"})
    assert simulator.texts(channel="imessage", address=OWNER) == ["Hello 👍"]


def test_missing_field_is_refused(simulator: Simulator) -> None:
    assert simulator.http.post("/photon/send", json={"recipient": OWNER}).status_code == 400
    assert simulator.http.post("/photon/send", json={"text": "Hello"}).status_code == 400
    assert simulator.http.post("/photon/send", content=b"[1]").status_code == 400
    assert simulator.http.post("/photon/watch/start", json={}).status_code == 400
    assert simulator.shown("messages") == []


def test_sidecar_is_healthy(simulator: Simulator) -> None:
    assert simulator.http.get("/photon/health").json() == {"status": "ok"}


def test_second_subscription_changes_nothing_until_a_restart(simulator: Simulator, gateway: Gateway) -> None:
    url = f"{gateway.url}/webhooks/imessage"
    assert simulator.subscribe(url, "Bearer one").json() == {"status": "started"}
    assert simulator.subscribe(url, "Bearer two").json() == {"status": "already_watching"}
    kept = simulator.http.get("/control/photon/subscription").json()
    assert kept == {"webhookUrl": url, "webhookHeaders": {"Authorization": "Bearer one"}}

    simulator.http.post("/control/photon/restart")
    assert simulator.http.get("/control/photon/subscription").json() is None
    assert simulator.subscribe(url, "Bearer two").json() == {"status": "started"}


def test_reply_reaches_the_subscriber_as_an_event(simulator: Simulator, gateway: Gateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    said = simulator.reply(channel="imessage", sender=OWNER, text="approve cr_1")

    received = gateway.next()
    assert (received.path, received.headers["Authorization"]) == ("/webhooks/imessage", "Bearer photon-secret")
    event = json.loads(received.body)
    assert event["event"] == "new_message"
    message = event["message"]
    assert (message["id"], message["sender"], message["text"]) == (said.message_id, OWNER, "approve cr_1")
    assert message["isGroupChat"] is False
    assert simulator.texts(channel="imessage") == ["approve cr_1"]


def test_plain_form_has_an_id_only_if_one_was_chosen(simulator: Simulator, gateway: Gateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    plain = {"channel": "imessage", "sender": OWNER, "text": "approve", "form": "plain"}
    simulator.reply(**plain, timestamp="2024-01-15T10:30:00Z")
    simulator.reply(**plain, message_id="one")

    without, chosen = json.loads(gateway.next().body), json.loads(gateway.next().body)
    assert without == {"from": OWNER, "text": "approve", "timestamp": "2024-01-15T10:30:00Z"}
    assert chosen["id"] == "one"


def test_group_message_and_a_wrong_secret_are_sent_as_asked(simulator: Simulator, gateway: Gateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.reply(channel="imessage", sender=OWNER, text="approve", is_group=True, secret="wrong")

    received = gateway.next()
    assert received.headers["Authorization"] == "Bearer wrong"
    assert json.loads(received.body)["message"]["isGroupChat"] is True


def test_reply_that_nobody_subscribed_to_says_so(simulator: Simulator) -> None:
    said = simulator.reply(channel="imessage", sender=OWNER, text="approve")

    assert (said.responses[0]["status"], said.responses[0]["error"]) == (None, "nobody is subscribed")
    assert simulator.texts() == ["approve"]
