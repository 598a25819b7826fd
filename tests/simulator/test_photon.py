"""The simulated iMessage sidecar."""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.simulator.process import Simulator, StubGateway

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


def test_subscription_to_the_same_url_keeps_its_headers_until_a_restart(
    simulator: Simulator, gateway: StubGateway
) -> None:
    url = f"{gateway.url}/webhooks/imessage"
    assert simulator.subscribe(url, "Bearer one").json() == {"status": "started"}
    assert simulator.subscribe(url, "Bearer two").json() == {"status": "already_watching"}
    kept = simulator.http.get("/control/photon/subscription").json()
    assert kept == {"webhookUrl": url, "webhookHeaders": {"Authorization": "Bearer one"}}

    simulator.http.post("/control/photon/restart")
    assert simulator.http.get("/control/photon/subscription").json() is None
    assert simulator.subscribe(url, "Bearer two").json() == {"status": "started"}


def test_subscription_to_another_url_replaces_the_first(simulator: Simulator, gateway: StubGateway) -> None:
    url = f"{gateway.url}/webhooks/imessage"
    simulator.subscribe(url, "Bearer one")

    assert simulator.subscribe(f"{url}?k=2", "Bearer two").json() == {"status": "started"}

    kept = simulator.http.get("/control/photon/subscription").json()
    assert kept == {"webhookUrl": f"{url}?k=2", "webhookHeaders": {"Authorization": "Bearer two"}}


@pytest.mark.parametrize(("text", "status"), [("Hello", 500), ("Our database is back", 503)])
@pytest.mark.parametrize("asked_for", [500, 503])
def test_status_of_a_failed_send_depends_on_its_text(
    simulator: Simulator, text: str, status: int, asked_for: int
) -> None:
    simulator.add_fault("photon.send", status=asked_for, accept=True)

    response = simulator.send_imessage(text)

    assert response.status_code == status
    assert text in response.json()["error"]
    assert simulator.texts(channel="imessage") == [text]


def test_process_without_permission_is_dead(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.http.put("/control/photon/permission", json={"granted": False})

    requests: list[Callable[[], httpx.Response]] = [
        lambda: simulator.http.get("/photon/health"),
        lambda: simulator.http.get("/photon/messages/unread"),
        lambda: simulator.subscribe(gateway.url),
        simulator.send_imessage,
    ]
    for request in requests:
        with pytest.raises(httpx.RemoteProtocolError):
            request()
    simulator.http.put("/control/photon/permission", json={"granted": True})
    assert simulator.http.get("/photon/health").is_success
    assert simulator.http.get("/control/photon/subscription").json() is None
    assert simulator.texts() == []


def test_ids_are_rows_that_start_again_on_another_mac(simulator: Simulator) -> None:
    simulator.http.post("/control/photon/replace")
    first = simulator.reply(channel="imessage", sender=OWNER, text="one").message_id
    simulator.send_imessage("our own has a row, too")
    third = simulator.reply(channel="imessage", sender=OWNER, text="three").message_id

    simulator.http.post("/control/photon/replace")
    again = simulator.reply(channel="imessage", sender=OWNER, text="one").message_id

    assert (first, third, again) == ("1", "3", "1")
    assert simulator.texts(channel="imessage") == ["one", "our own has a row, too", "three", "one"]


def test_message_is_unread_as_it_was_delivered_until_the_mac_is_replaced(
    simulator: Simulator, gateway: StubGateway
) -> None:
    simulator.http.post("/control/photon/replace")
    simulator.reply(channel="imessage", sender=OWNER, text="nobody is subscribed")
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.reply(channel="imessage", sender=OWNER, text="approve", times=2)
    delivered = json.loads(gateway.next().body)["message"]

    unread = simulator.http.get("/photon/messages/unread").json()["messages"]
    assert [message["text"] for message in unread] == ["nobody is subscribed", "approve"]
    assert unread[1] == delivered
    simulator.http.post("/control/photon/replace")
    assert simulator.http.get("/photon/messages/unread").json()["messages"] == []


def test_text_to_the_macs_own_account_returns_as_the_owners(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.http.put("/control/photon/account", json={"address": OWNER})

    simulator.send_imessage("somebody else's", recipient="other@example.com")
    simulator.send_imessage("Please decide")

    message = json.loads(gateway.next().body)["message"]
    assert (message["sender"], message["text"]) == (OWNER, "Please decide")
    assert "isFromMe" not in message


def test_webhook_has_only_the_headers_of_the_subscription(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage?k=1")
    simulator.reply(channel="imessage", sender=OWNER, text=None, extra={"service": "SMS", "isGroupChat": None})

    received = gateway.next()
    assert received.path == "/webhooks/imessage?k=1"
    assert "content-type" not in {name.lower() for name in received.headers}
    message = json.loads(received.body)["message"]
    assert (message["text"], message["service"], message["isGroupChat"]) == (None, "SMS", None)
    assert "reaction" not in message


def test_reply_reaches_the_subscriber_as_an_event(simulator: Simulator, gateway: StubGateway) -> None:
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


def test_plain_form_has_an_id_only_if_one_was_chosen(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    plain = {"channel": "imessage", "sender": OWNER, "text": "approve", "form": "plain"}
    simulator.reply(**plain, timestamp="2024-01-15T10:30:00Z")
    simulator.reply(**plain, message_id="one")

    without, chosen = json.loads(gateway.next().body), json.loads(gateway.next().body)
    assert without == {"from": OWNER, "text": "approve", "timestamp": "2024-01-15T10:30:00Z"}
    assert chosen["id"] == "one"


def test_group_message_and_a_wrong_secret_are_sent_on_request(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.reply(channel="imessage", sender=OWNER, text="approve", is_group=True, secret="wrong")

    received = gateway.next()
    assert received.headers["Authorization"] == "Bearer wrong"
    assert json.loads(received.body)["message"]["isGroupChat"] is True


def test_reply_without_a_subscriber_reports_it(simulator: Simulator) -> None:
    said = simulator.reply(channel="imessage", sender=OWNER, text="approve")

    assert (said.responses[0]["status"], said.responses[0]["error"]) == (None, "nobody is subscribed")
    assert simulator.texts() == ["approve"]


def test_tapback_and_thread_reply_reach_the_gateway_in_the_bridges_format(
    simulator: Simulator, gateway: StubGateway
) -> None:
    simulator.subscribe(f"{gateway.url}/webhooks/imessage")
    simulator.send_imessage("Acme on X\nDraft")
    [prompt] = simulator.shown("messages", channel="imessage")

    simulator.reply(channel="imessage", sender=OWNER, quoted=prompt["id"], reaction="like")
    simulator.reply(channel="imessage", sender=OWNER, quoted=prompt["id"], text="yes")

    tapback, thread = (json.loads(gateway.next().body)["message"] for _ in range(2))
    assert (tapback["text"], "threadOriginatorGuid" in tapback) == ("Liked “Acme on X\nDraft”", False)
    assert (thread["text"], thread["threadOriginatorGuid"]) == ("yes", prompt["id"])


def test_tapback_needs_a_message_to_be_on(simulator: Simulator) -> None:
    unknown = {"channel": "imessage", "sender": OWNER, "quoted": "none", "reaction": "like"}

    assert simulator.http.post("/control/replies", json=unknown).status_code == 404
    assert simulator.http.post("/control/replies", json={**unknown, "quoted": None}).status_code == 422
