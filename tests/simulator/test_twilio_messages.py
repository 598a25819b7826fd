"""The simulated Messages API, as Twilio's own client uses it."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from tests.simulator.process import ACCOUNT, OWNER, SENDER, TEMPLATE_SID, TOKEN, Simulator, until


class SimulatedTransport:
    """Sends the requests of Twilio's own client to the simulator."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def request(self, method: str, url: str, **options: Any) -> Response:
        del options["allow_redirects"]  # Twilio's client forbids redirects, as httpx does by itself
        response = self._http.request(method, url.replace("https://api.twilio.com", "/twilio"), **options)
        return Response(response.status_code, response.text, response.headers)


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=SimulatedTransport(simulator.http))


def test_twilios_own_client_sends_a_message_to_the_phone(simulator: Simulator, client: Client) -> None:
    sent = client.messages.create(to=OWNER, from_=SENDER, body="Grüße & 👍\nline two")

    assert (sent.status, sent.direction, sent.to, sent.from_) == ("queued", "outbound-api", OWNER, SENDER)
    assert sent.body == "Grüße & 👍\nline two"
    [message] = simulator.shown("messages", channel="whatsapp", address=OWNER)
    assert (message["id"], message["direction"], message["text"]) == (sent.sid, "in", "Grüße & 👍\nline two")


def test_created_resource_is_whole(simulator: Simulator) -> None:
    resource = simulator.send_whatsapp().json()

    created = resource.pop("date_created")
    assert parsedate_to_datetime(created) - datetime.now(UTC) < timedelta(seconds=2)
    assert created.endswith(" +0000")
    assert resource.pop("date_updated") == created
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{resource.pop('sid')}"
    assert resource == {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "Please decide",
        "date_sent": None,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": SENDER,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": OWNER,
        "uri": f"{uri}.json",
    }


def test_twilios_own_client_fetches_what_it_sent(client: Client) -> None:
    sent = client.messages.create(to=OWNER, from_=SENDER, body="Hello")

    assert sent.sid is not None
    until(lambda: client.messages(str(sent.sid)).fetch().status == "delivered")
    with pytest.raises(TwilioRestException) as unknown:
        client.messages("SM" + "0" * 32).fetch()
    assert (unknown.value.status, unknown.value.code) == (404, 20404)


def test_twilios_own_client_lists_page_by_page_newest_first(simulator: Simulator, client: Client) -> None:
    for number in range(5):
        client.messages.create(to=OWNER, from_=SENDER, body=str(number))
    client.messages.create(to="whatsapp:+447700900123", from_=SENDER, body="another owner's")
    simulator.reply(channel="whatsapp", sender=OWNER, text="approve")

    assert [m.body for m in client.messages.list(to=OWNER, page_size=2)] == ["4", "3", "2", "1", "0"]
    [inbound] = client.messages.list(from_=OWNER)
    assert (inbound.direction, inbound.body, inbound.to) == ("inbound", "approve", SENDER)


def test_message_with_media_has_its_own_kind_of_sid(client: Client) -> None:
    sent = client.messages.create(to=OWNER, from_=SENDER, media_url=["https://cdn.example/a.png"])

    assert (str(sent.sid)[:2], sent.num_media) == ("MM", "1")


def test_wrong_credentials_and_another_account_are_refused(simulator: Simulator) -> None:
    path = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    form = {"To": OWNER, "From": SENDER, "Body": "Hello"}
    unauthenticated = simulator.http.post(path, data=form, auth=(ACCOUNT, "wrong"))
    elsewhere = simulator.http.post(path.replace(ACCOUNT, "AC" + "9" * 32), data=form, auth=(ACCOUNT, TOKEN))

    assert (unauthenticated.status_code, unauthenticated.json()["code"]) == (401, 20003)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, 20404)
    assert simulator.shown("messages") == []


REFUSALS = {
    "no recipient": ({"To": ""}, 21604),
    "recipient without a country code": ({"To": "whatsapp:0151"}, 21211),
    "recipient without a channel": ({"To": "+15551234567"}, 21211),
    "no sender": ({"From": ""}, 21603),
    "somebody else's sender": ({"From": "whatsapp:+15550000000"}, 63007),
    "unknown messaging service": ({"MessagingServiceSid": "MG" + "a" * 32}, 21701),
    "schedule without a messaging service": ({"ScheduleType": "fixed"}, 35118),
    "no text": ({"Body": ""}, 21619),
    "1,601 characters": ({"Body": "x" * 1601}, 21617),
    "801 characters that count twice": ({"Body": "👍" * 801}, 21617),
    "callback that is not a URL": ({"StatusCallback": "gateway.example"}, 21609),
    "callback host with an underscore": ({"StatusCallback": "https://my_gateway.example/x"}, 21609),
    "bad content sid": ({"ContentSid": "HX1"}, 21655),
    "unknown content sid": ({"ContentSid": "HX" + "a" * 32}, 21655),
    "variables without a template": ({"ContentVariables": "{}"}, 21654),
    "variables that are not JSON": ({"ContentSid": "HX" + "a" * 32, "ContentVariables": "{1:"}, 21656),
    "variables that are not texts": ({"ContentSid": TEMPLATE_SID, "ContentVariables": '{"1": 1}'}, 21656),
    "media that is not a URL": ({"MediaUrl": "cat.png"}, 21620),
    "unknown parameter": ({"Text": "Hello"}, 20422),
    "parameter in another case": ({"body": "Hello"}, 20422),
    "period that is not a number": ({"ValidityPeriod": "1h"}, 20422),
    "period beyond ten hours": ({"ValidityPeriod": "36001"}, 20422),
    "boolean that is not one": ({"SmartEncoded": "yes"}, 20422),
    "unknown retention": ({"ContentRetention": "forget"}, 20422),
}


@pytest.mark.parametrize(("fields", "code"), REFUSALS.values(), ids=REFUSALS)
def test_request_that_the_published_form_forbids_is_refused(
    simulator: Simulator, fields: dict[str, str], code: int
) -> None:
    response = simulator.send_whatsapp(**fields)

    assert response.status_code == 400
    error = response.json()
    assert (error["code"], error["status"], error["more_info"]) == (
        code,
        400,
        f"https://www.twilio.com/docs/errors/{code}",
    )
    assert error["message"]
    assert simulator.shown("messages") == []
    assert [attempt["outcome"] for attempt in simulator.shown("attempts")] == ["refused"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "x" * 1600},
        {"Body": "👍" * 800},
        {"To": "whatsapp:DE.4566546130240823"},
        {"ValidityPeriod": "36000", "SmartEncoded": "false", "RiskCheck": "disable", "Attempt": "1"},
        {"ContentSid": TEMPLATE_SID, "ContentVariables": '{"1": "draft", "2": "cr_1"}', "Body": ""},
    ],
)
def test_request_that_the_published_form_allows_is_accepted(simulator: Simulator, fields: dict[str, str]) -> None:
    assert simulator.send_whatsapp(**fields).status_code == 201
