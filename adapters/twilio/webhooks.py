"""Checks the signatures of Twilio's webhooks, and renders TwiML answers."""

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
        """Checks the signature of all fields, including blank, repeated and unknown ones.

        Any of the tokens can have signed.
        """
        fields = ImmutableMultiDict(form)
        return bool(signature) and any(validator.validate(url, fields, signature) for validator in self._validators)


def signature(url: str, form: Mapping[str, str], auth_token: str) -> str:
    """Signs like Twilio."""
    return str(RequestValidator(auth_token).compute_signature(url, form))


def twiml(messages: Sequence[str]) -> str:
    """Renders a Response with one Message each, without characters that XML forbids."""
    response = MessagingResponse()
    for message in messages:
        response.message(_FORBIDDEN_IN_XML.sub("", message))
    return str(response)
