"""Twilio's webhook for an incoming WhatsApp message."""

import json
from urllib.parse import urldefrag, urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

from simulator.reply import OwnerReply, WebhookCall
from simulator.settings import SimulatorSettings
from simulator.twilio.resource import API_VERSION
from simulator.twilio.senders import Senders, SenderWebhook
from simulator.twilio.webhooks.signature import signed_headers

_PATH = "/webhooks/whatsapp"
_MAX_BODY_UTF16_UNITS = 1600
_NOT_ANSWERED = "11200"


class MessageWebhook:
    """Builds the call that delivers an owner's message to the sender's webhook."""

    def __init__(self, settings: SimulatorSettings, senders: Senders) -> None:
        self._settings = settings
        self._senders = senders

    def call(self, reply: OwnerReply, message_id: str) -> WebhookCall:
        """Returns the request that delivers a reply."""
        fields, webhook = _fields(reply, message_id, self._settings), self._senders.webhook or SenderWebhook()
        url = webhook.callback_url or f"{self._settings.signed_url(_PATH)}#{self._settings.webhook_overrides}"
        call = self._posted(url, fields, reply)
        if webhook.fallback_url:
            fields |= {"ErrorCode": _NOT_ANSWERED, "ErrorUrl": urldefrag(url).url}
            call.fallback = self._posted(webhook.fallback_url, fields, reply)
        return call

    def _posted(self, url: str, fields: dict[str, str], reply: OwnerReply) -> WebhookCall:
        signed, overrides = urldefrag(url)
        pairs = list(fields.items())
        headers = signed_headers(self._settings, signed, pairs)
        if reply.signature is not None:
            headers["X-Twilio-Signature"] = reply.signature
        headers["I-Twilio-Idempotency-Token"] = str(uuid4())
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        reached = f"{self._settings.reachable_url(signed)}#{overrides}"
        return WebhookCall(url=reached, headers=headers, body=urlencode(pairs).encode())


def _fields(reply: OwnerReply, message_id: str, settings: SimulatorSettings) -> dict[str, str]:
    """Returns the fields of a real payload that was captured in production."""
    number = reply.sender.removeprefix("whatsapp:+")
    wa_id = reply.wa_id or (number if number.isdigit() else None)
    optional = {
        "WaId": wa_id,
        "ExternalUserId": reply.external_user_id,
        "OriginalRepliedMessageSid": reply.quoted,
        "OriginalRepliedMessageSender": settings.twilio_wa_number if reply.quoted else None,
        "ButtonPayload": reply.button_payload,
        "ButtonText": reply.text if reply.button_payload else None,
    }
    message_type = "interactive" if reply.button_payload and reply.message_type == "text" else reply.message_type
    return {
        "AccountSid": settings.twilio_account_sid,
        "ApiVersion": API_VERSION,
        "MessageSid": message_id,
        "SmsSid": message_id,
        "SmsMessageSid": message_id,
        "SmsStatus": "received",
        "From": reply.sender,
        "To": settings.twilio_wa_number,
        "ProfileName": "Owner",
        "Body": _cut(reply.text or ""),
        "MessageType": message_type,
        "NumMedia": str(reply.num_media),
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": {"ProfileName": "Owner"}}}),
        **{name: value for name, value in optional.items() if value is not None},
        **_media(reply, message_id, settings),
        **{name: str(value) for name, value in reply.extra.items()},
    }


def _cut(text: str) -> str:
    """Cuts a text silently, as Twilio does; no character is halved."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * _MAX_BODY_UTF16_UNITS].decode("utf-16-le", "ignore")


def _media(reply: OwnerReply, message_id: str, settings: SimulatorSettings) -> dict[str, str]:
    base = f"https://api.twilio.com/{API_VERSION}/Accounts/{settings.twilio_account_sid}/Messages/{message_id}/Media"
    fields: dict[str, str] = {}
    for number in range(reply.num_media):
        fields[f"MediaUrl{number}"] = f"{base}/ME{uuid4().hex}"
        fields[f"MediaContentType{number}"] = "image/jpeg"
    return fields


def answers(content_type: str, body: bytes) -> list[str]:
    """Returns the texts of the messages in a TwiML answer.

    Any other answer sends none, as at Twilio (error 12300).
    """
    if content_type.partition(";")[0].strip() not in {"text/xml", "application/xml"}:
        return []
    try:
        response = ET.fromstring(body)  # noqa: S314  the gateway under development wrote it
    except ET.ParseError:
        return []
    return ["".join(message.itertext()) for message in response.iter("Message")]
