"""The account, its sender and its contents, used through Twilio's own package."""

import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderContext

from tests.simulator.process import (
    ACCOUNT,
    OWNER,
    PUBLIC_URL,
    SENDER,
    SESSION_SID,
    TEMPLATE,
    TEMPLATE_SID,
    TOKEN,
    Simulator,
    StubGateway,
)
from tests.simulator.test_twilio_webhooks import valid


class Redirected(TwilioHttpClient):  # type: ignore[misc]  # the package ships no types
    """Sends requests for Twilio's hosts to the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._base = f"{str(simulator.http.base_url).rstrip('/')}/twilio"

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Response:
        of_twilio, _, path = url.rpartition(".twilio.com")
        return super().request(method, f"{self._base}{path}" if of_twilio else url, *arguments, **options)


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
    assert {one.sid for one in twilio.content.v1.contents.list(page_size=1)} == {TEMPLATE_SID, SESSION_SID}
    assert (approval.whatsapp["status"], approval.whatsapp["category"]) == ("approved", "UTILITY")


def test_the_state_of_the_account_is_as_set_until_the_reset(simulator: Simulator) -> None:
    state = {"account_status": "suspended", "approval": "rejected", "rejection_reason": "INVALID_FORMAT"}
    simulator.http.put("/control/twilio/account", json=state).raise_for_status()
    twilio = client(simulator)

    approval = twilio.content.v1.contents(TEMPLATE_SID).approval_fetch().fetch()

    assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == "suspended"
    assert (approval.whatsapp["status"], approval.whatsapp["rejection_reason"]) == ("rejected", "INVALID_FORMAT")
    simulator.http.post("/control/reset").raise_for_status()
    assert twilio.api.v2010.accounts(ACCOUNT).fetch().status == "active"


def test_wrong_token_and_unknown_resources_are_refused(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException, match="Authenticate") as stranger:
        client(simulator, "another").api.v2010.accounts(ACCOUNT).fetch()
    with pytest.raises(TwilioRestException) as unknown:
        client(simulator).content.v1.contents(f"HX{'0' * 32}").fetch()

    assert (stranger.value.status, stranger.value.code) == (401, 20003)
    assert (unknown.value.status, unknown.value.code) == (404, 20404)
    assert simulator.http.get("/twilio/v2/Channels/Senders", auth=(ACCOUNT, TOKEN)).status_code == 400


def create(twilio: Client, **changes: object) -> Any:
    """Creates a content like the template, with another name."""
    document = json.loads(TEMPLATE.read_text(encoding="utf-8")) | {"friendly_name": "another"} | changes
    return twilio.content.v1.contents.create(ContentList.ContentCreateRequest(document))


def test_content_is_created_submitted_and_approved_after_two_reads(simulator: Simulator) -> None:
    twilio = client(simulator)
    made = create(twilio)
    simulator.http.put("/control/window", json={"open": False}).raise_for_status()

    def statuses(number: int) -> list[str]:
        fetch = twilio.content.v1.contents(made.sid).approval_fetch()
        return [fetch.fetch().whatsapp["status"] for _ in range(number)]

    assert statuses(2) == ["unsubmitted", "unsubmitted"]
    request = ApprovalCreateList.ContentApprovalRequest({"name": "another_name", "category": "UTILITY"})
    asked = twilio.content.v1.contents(made.sid).approval_create.create(request)
    assert (asked.status, asked.name, asked.category) == ("received", "another_name", "UTILITY")
    simulator.send_content(made.sid, {"1": "too early", "2": "cr_1"})
    assert statuses(2) == ["pending", "approved"]
    simulator.send_content(made.sid, {"1": "in time", "2": "cr_1"})
    assert ["in time" in str(text) for text in simulator.texts()] == [True]
    with pytest.raises(TwilioRestException, match="already been submitted"):
        twilio.content.v1.contents(made.sid).approval_create.create(request)


def test_content_of_the_same_name_is_another_one_until_the_reset(simulator: Simulator) -> None:
    twilio = client(simulator)
    sids = {create(twilio).sid for _ in range(2)}

    assert len(sids) == 2
    assert sids < {one.sid for one in twilio.content.v1.contents.list()}
    simulator.http.post("/control/reset").raise_for_status()
    assert {one.sid for one in twilio.content.v1.contents.list()} == {TEMPLATE_SID, SESSION_SID}


def test_content_that_would_not_be_approved_is_not_created(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException, match="sample"):
        create(client(simulator), variables={"1": "a"})


def test_owners_messages_go_to_the_senders_webhook_and_then_to_its_fallback(
    simulator: Simulator, gateway: StubGateway
) -> None:
    twilio = client(simulator)
    [sender] = twilio.messaging.v2.channels_senders.list(channel="whatsapp")
    url, fallback = f"{PUBLIC_URL}/another/hook", f"{PUBLIC_URL}/fallback"
    webhook = {"callback_url": f"{url}#rc=1&rp=5xx", "callback_method": "POST", "fallback_url": fallback}
    change = ChannelsSenderContext.MessagingV2ChannelsSenderRequestsUpdate({"webhook": webhook})
    updated = twilio.messaging.v2.channels_senders(sender.sid).update(change)

    assert updated.webhook["callback_url"] == f"{url}#rc=1&rp=5xx"
    assert twilio.messaging.v2.channels_senders(sender.sid).fetch().webhook["fallback_url"] == fallback
    gateway.refusals = [503, 503]
    said = simulator.reply(channel="whatsapp", sender=OWNER, text="approve")
    received = [gateway.next() for _ in range(3)]
    assert [one.path for one in received] == ["/another/hook", "/another/hook", "/fallback"]
    assert valid(received[0], url)
    assert valid(received[2], fallback)
    assert (received[2].form["ErrorCode"], received[2].form["ErrorUrl"]) == ("11200", url)
    assert [(response["status"], response["tries"]) for response in said.responses] == [(200, 3)]
