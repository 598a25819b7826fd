"""Twilio's side of a webhook: its signature, and the TwiML that answers it."""

import re
from collections.abc import Mapping, Sequence

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

_FORBIDDEN_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TwilioSignatures:
    """Satisfies the edge's WebhookSignatures."""

    def __init__(self, auth_tokens: Sequence[str]) -> None:
        self._validators = [RequestValidator(token) for token in auth_tokens]

    def is_valid(self, url: str, form: Sequence[tuple[str, str]], signature: str | None) -> bool:
        """Check over all parameters received: blank, repeated and unknown ones count. Any of the tokens may sign."""
        fields = ImmutableMultiDict(form)
        return bool(signature) and any(validator.validate(url, fields, signature) for validator in self._validators)


def signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """Sign as Twilio does."""
    return str(RequestValidator(auth_token).compute_signature(url, form))


def twiml(messages: Sequence[str]) -> str:
    """Render an empty Response, or one Message each, without the characters that XML forbids."""
    response = MessagingResponse()
    for message in messages:
        response.message(_FORBIDDEN_IN_XML.sub("", message))
    return str(response)
