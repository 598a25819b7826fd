"""During a rotation, several auth tokens are configured, and Twilio accepts one of them."""

import httpx
import pytest

from adapters.twilio.messages import TwilioIdentity, TwilioMessages
from adapters.twilio.webhooks import TwilioSignatures
from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import SendPostponedError
from tests.harness.edges import twilio_signature
from tests.harness.keys import secret
from tests.harness.phone import Owner
from tests.harness.stack import TWILIO_TOKEN, Stack

ANOTHER = secret("twilio")[:32]


async def test_call_that_twilio_refuses_goes_out_once_with_the_next_token(stack: Stack, owner: Owner) -> None:
    to, texts = Approver.read(Channel.WHATSAPP, owner.whatsapp), ["first", "second"]
    async with httpx.AsyncClient() as http:
        twilio = messages(stack, http, [ANOTHER, TWILIO_TOKEN])
        for text in texts:
            assert await twilio.send(to, text)
        with pytest.raises(SendPostponedError):
            await messages(stack, http, [ANOTHER]).send(to, "never")

    statuses = [attempt["status"] for attempt in await stack.phone.attempts("twilio.messages", owner.whatsapp[-8:])]
    assert await stack.phone.texts("whatsapp", owner) == texts
    assert statuses == [401, 201, 201, 401]


def test_webhook_may_be_signed_with_any_of_the_tokens() -> None:
    url, form = "https://public.example/webhooks/whatsapp", [("From", "whatsapp:+15550001111")]
    signatures = TwilioSignatures([ANOTHER, TWILIO_TOKEN])

    assert signatures.is_valid(url, form, twilio_signature(url, form, TWILIO_TOKEN))
    assert signatures.is_valid(url, form, twilio_signature(url, form, ANOTHER))
    assert not signatures.is_valid(url, form, twilio_signature(url, form, "a third"))
    assert not signatures.is_valid(url, form, None)


def messages(stack: Stack, http: httpx.AsyncClient, tokens: list[str]) -> TwilioMessages:
    of = stack.environment
    account = TwilioIdentity(of["TWILIO_ACCOUNT_SID"], tokens, of["TWILIO_WA_NUMBER"])
    return TwilioMessages(http, of["TWILIO_API_BASE_URL"], account)
