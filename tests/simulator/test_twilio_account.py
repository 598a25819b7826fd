"""The account, its sender and its template, read with Twilio's own package."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.simulator.process import ACCOUNT, PUBLIC_URL, SENDER, TEMPLATE_SID, TOKEN, Simulator


class Redirected(TwilioHttpClient):  # type: ignore[misc]  # the package ships no types
    """Brings what is meant for one of Twilio's hosts to the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._base = f"{str(simulator.http.base_url).rstrip('/')}/twilio"

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Response:
        path = url.partition("twilio.com")[2]
        return super().request(method, f"{self._base}{path}", *arguments, **options)


def client(simulator: Simulator, token: str = TOKEN) -> Client:
    return Client(ACCOUNT, token, http_client=Redirected(simulator))


def test_twilios_own_package_reads_account_sender_and_template(simulator: Simulator) -> None:
    twilio = client(simulator)

    account = twilio.api.v2010.accounts(ACCOUNT).fetch()
    [sender] = twilio.messaging.v2.channels_senders.list(channel="whatsapp")
    content = twilio.content.v1.contents(TEMPLATE_SID).fetch()
    approval = twilio.content.v1.contents(TEMPLATE_SID).approval_fetch().fetch()

    assert (account.sid, account.status, account.type) == (ACCOUNT, "active", "Full")
    assert (sender.sender_id, sender.status) == (SENDER, "ONLINE")
    assert sender.webhook["callback_url"].startswith(f"{PUBLIC_URL}/webhooks/whatsapp#")
    assert set(content.variables) == {"1", "2"}
    assert set(content.types) == {"twilio/quick-reply"}
    assert (approval.whatsapp["status"], approval.whatsapp["category"]) == ("approved", "UTILITY")


def test_standing_is_what_was_told_until_the_reset(simulator: Simulator) -> None:
    standing = {"account_status": "suspended", "approval": "rejected", "rejection_reason": "INVALID_FORMAT"}
    simulator.http.put("/control/standing", json=standing).raise_for_status()
    twilio = client(simulator)

    approval = twilio.content.v1.contents(TEMPLATE_SID).approval_fetch().fetch()

    assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == "suspended"
    assert (approval.whatsapp["status"], approval.whatsapp["rejection_reason"]) == ("rejected", "INVALID_FORMAT")
    simulator.http.post("/control/reset").raise_for_status()
    assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == "active"


def test_strangers_and_unknown_resources_are_refused(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException, match="Authenticate") as stranger:
        client(simulator, "another").api.v2010.accounts(ACCOUNT).fetch()
    with pytest.raises(TwilioRestException) as unknown:
        client(simulator).content.v1.contents(f"HX{'0' * 32}").fetch()

    assert (stranger.value.status, stranger.value.code) == (401, 20003)
    assert (unknown.value.status, unknown.value.code) == (404, 20404)
    assert simulator.http.get("/twilio/v2/Channels/Senders", auth=(ACCOUNT, TOKEN)).status_code == 400
