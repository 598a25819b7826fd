"""Webhooks of the simulated Twilio."""

import base64
import hashlib
import hmac
from threading import Barrier

from twilio.request_validator import RequestValidator

from tests.simulator.process import ACCOUNT, OWNER, PUBLIC_URL, SENDER, TOKEN, Received, Simulator, StubGateway

INBOUND = f"{PUBLIC_URL}/webhooks/whatsapp"


def valid(received: Received, url: str) -> bool:
    return bool(RequestValidator(TOKEN).validate(url, received.form, received.headers["X-Twilio-Signature"]))


def test_reply_reaches_the_gateway_as_twilio_would_post_it(simulator: Simulator, gateway: StubGateway) -> None:
    said = simulator.reply(channel="whatsapp", sender=OWNER, text="edit: Grüße 👍\n\n& more", quoted="SM1")

    received = gateway.next()
    assert received.path == "/webhooks/whatsapp"
    assert valid(received, INBOUND)
    form = received.form
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == said.message_id
    assert (form["From"], form["To"], form["WaId"], form["AccountSid"]) == (OWNER, SENDER, "15551234567", ACCOUNT)
    assert (form["Body"], form["MessageType"], form["NumMedia"]) == ("edit: Grüße 👍\n\n& more", "text", "0")
    assert (form["OriginalRepliedMessageSid"], form["OriginalRepliedMessageSender"]) == ("SM1", SENDER)
    assert said.responses == [
        {"status": 200, "content_type": "text/xml", "body": "<Response/>", "error": None, "tries": 1}
    ]


def test_signature_is_twilios_also_for_blank_fields(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.reply(channel="whatsapp", sender=OWNER, text="", message_type="audio", num_media=1, extra={"New": ""})

    received = gateway.next()
    signed = INBOUND + "".join(name + received.form[name] for name in sorted(received.form))
    expected = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    assert received.headers["X-Twilio-Signature"] == expected
    assert (received.form["Body"], received.form["New"], received.form["NumMedia"]) == ("", "", "1")
    assert received.form["MediaUrl0"].startswith("https://")


def test_long_text_is_cut_as_twilio_cuts_it_and_shown_in_full_on_the_phone(
    simulator: Simulator, gateway: StubGateway
) -> None:
    for text, cut in (
        ("x" * 1601, "x" * 1600),
        ("x" * 1599 + "👍", "x" * 1599),
        ("x" * 1598 + "👍", "x" * 1598 + "👍"),
    ):
        simulator.reply(channel="whatsapp", sender=OWNER, text=text)

        assert gateway.next().form["Body"] == cut
        assert simulator.texts()[-1] == text


def test_tap_carries_its_payload(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.reply(channel="whatsapp", sender=OWNER, text="Approve", button_payload="approve:cr_1", quoted="SM1")

    form = gateway.next().form
    assert (form["MessageType"], form["ButtonPayload"], form["ButtonText"]) == (
        "interactive",
        "approve:cr_1",
        "Approve",
    )


def test_owner_without_a_number_is_named_by_the_scoped_id(simulator: Simulator, gateway: StubGateway) -> None:
    scoped = "whatsapp:DE.4566546130240823"
    simulator.reply(channel="whatsapp", sender=scoped, text="approve", external_user_id=scoped)

    form = gateway.next().form
    assert (form["From"], form["ExternalUserId"], "WaId" in form) == (scoped, scoped, False)


def test_forged_signature_is_sent_on_request(simulator: Simulator, gateway: StubGateway) -> None:
    simulator.reply(channel="whatsapp", sender=OWNER, text="approve", signature="forged")

    assert not valid(gateway.next(), INBOUND)


def test_gateways_answer_shows_on_the_phone(simulator: Simulator, gateway: StubGateway) -> None:
    gateway.answer = "<Response><Message>Got it &amp; more</Message><Message><Body>Two</Body></Message></Response>"
    simulator.reply(channel="whatsapp", sender="+15551234567", text="approve")

    shown = simulator.shown("messages", channel="whatsapp", address=OWNER)
    assert [(m["direction"], m["text"]) for m in shown] == [("out", "approve"), ("in", "Got it & more"), ("in", "Two")]


def test_answer_that_is_not_twiml_shows_nothing(simulator: Simulator, gateway: StubGateway) -> None:
    gateway.content_type = "application/json"
    gateway.answer = "<Response><Message>Got it</Message></Response>"
    simulator.reply(channel="whatsapp", sender=OWNER, text="approve")

    assert simulator.texts() == ["approve"]


def test_redelivery_is_the_same_request_again(simulator: Simulator, gateway: StubGateway) -> None:
    said = simulator.reply(channel="whatsapp", sender=OWNER, text="approve", times=2)

    first, second = gateway.next(), gateway.next()
    assert first == second
    assert len(said.responses) == 2
    assert simulator.texts() == ["approve"]


def test_message_delivered_again_later_was_written_once(simulator: Simulator, gateway: StubGateway) -> None:
    said = simulator.reply(channel="whatsapp", sender=OWNER, text="approve")
    simulator.reply(channel="whatsapp", sender=OWNER, text="approve", message_id=said.message_id)

    assert gateway.next().form == gateway.next().form
    assert simulator.texts() == ["approve"]


def test_concurrent_deliveries_overlap(simulator: Simulator, gateway: StubGateway) -> None:
    gateway.before = Barrier(3, timeout=5).wait
    said = simulator.reply(channel="whatsapp", sender=OWNER, text="approve", times=3, concurrent=True)

    assert [response["status"] for response in said.responses] == [200, 200, 200]


def test_sent_message_reports_its_status_signed_and_in_order(simulator: Simulator, gateway: StubGateway) -> None:
    url = f"{PUBLIC_URL}/webhooks/whatsapp/status/1"
    sid = simulator.send_whatsapp(StatusCallback=url).json()["sid"]

    received = [gateway.next(), gateway.next()]
    assert [r.form["MessageStatus"] for r in received] == ["sent", "delivered"]
    assert all(r.form["MessageSid"] == sid and r.path == "/webhooks/whatsapp/status/1" for r in received)
    assert all(valid(r, url) for r in received)


def test_statuses_arrive_as_planned(simulator: Simulator, gateway: StubGateway) -> None:
    steps = [{"status": "delivered"}, {"status": "sent"}, {"status": "undelivered", "error_code": 63016}]
    simulator.http.put("/control/statuses", json={"steps": steps}).raise_for_status()
    simulator.send_whatsapp(StatusCallback=f"{PUBLIC_URL}/status")

    forms = [gateway.next().form for _ in steps]
    assert [form["MessageStatus"] for form in forms] == ["delivered", "sent", "undelivered"]
    assert forms[-1]["ErrorCode"] == "63016"
