"""An account's WhatsApp senders and webhooks, by Twilio's Senders API, which is in public beta.

https://www.twilio.com/docs/whatsapp/api/senders
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from adapters.twilio.rest import TwilioRest

PATH = "/webhooks/whatsapp"
OVERRIDES = "#rc=3&rp=5xx,ct,rt"
"""Twilio's connection overrides; without them, a message is not posted again after an outage."""

_SENDERS = "/v2/Channels/Senders"


@dataclass(frozen=True)
class Webhook:
    """Where Twilio posts owners' messages, and the fallback for failures.

    Empty if set elsewhere.
    """

    url: str
    fallback: str
    method: str = "POST"
    fallback_method: str = "POST"

    @classmethod
    def at(cls, public_base_url: str) -> Self:
        """Returns the edge's webhook. Its fallback, without overrides, is a fourth attempt."""
        return cls(f"{public_base_url}{PATH}{OVERRIDES}", f"{public_base_url}{PATH}")

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        return cls(
            url=resource.get("callback_url") or "",
            fallback=resource.get("fallback_url") or "",
            method=resource.get("callback_method") or "POST",
            fallback_method=resource.get("fallback_method") or "POST",
        )


@dataclass(frozen=True)
class Sender:
    sid: str
    status: str
    webhook: Webhook
    status_webhook: Mapping[str, str]
    """Where Twilio sends status reports of messages without their own callback.

    Keys are Twilio's field names.
    """

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        webhook = resource.get("webhook") or {}
        names = ("status_callback_url", "status_callback_method")
        kept = {name: webhook[name] for name in names if webhook.get(name)} if webhook.get(names[0]) else {}
        return cls(str(resource.get("sid")), str(resource.get("status")), Webhook.of(webhook), kept)


class TwilioSenders:
    """The WhatsApp senders of an account. All methods raise TwilioRestError."""

    def __init__(self, rest: TwilioRest) -> None:
        self._rest = rest

    async def find(self, address: str) -> Sender | None:
        async for resource in self._rest.listed("messaging", _SENDERS, "senders", Channel="whatsapp", PageSize="50"):
            if resource.get("sender_id") == address:
                return Sender.of(resource)
        return None

    async def set_webhook(self, sender: Sender, webhook: Webhook) -> None:
        """Sets the webhook.

        The one for status reports is sent unchanged, in case Twilio removes omitted fields.
        """
        body = {
            "callback_url": webhook.url,
            "callback_method": webhook.method,
            "fallback_url": webhook.fallback,
            "fallback_method": webhook.fallback_method,
            **sender.status_webhook,
        }
        await self._rest.post("messaging", f"{_SENDERS}/{sender.sid}", {"webhook": body})
