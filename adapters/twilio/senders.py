"""An account's WhatsApp senders and their webhooks, by Twilio's Senders API, which is a public beta.

https://www.twilio.com/docs/whatsapp/api/senders
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from adapters.twilio.rest import TwilioRest

PATH = "/webhooks/whatsapp"
OVERRIDES = "#rc=3&rp=5xx,ct,rt"
"""Twilio's connection overrides: without them a message that meets an outage of the edge's is not posted again."""

_SENDERS = "/v2/Channels/Senders"


@dataclass(frozen=True)
class Webhook:
    """Where Twilio posts what owners write, and where else if that fails; empty if it is set elsewhere."""

    url: str
    fallback: str
    method: str = "POST"
    fallback_method: str = "POST"

    @classmethod
    def at(cls, public_base_url: str) -> Self:
        """Name the edge's own. The fallback, without overrides, is a fourth try."""
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
    """Where Twilio reports what becomes of messages that name no place of their own, as it is on the wire."""

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        webhook = resource.get("webhook") or {}
        names = ("status_callback_url", "status_callback_method")
        kept = {name: webhook[name] for name in names if webhook.get(name)} if webhook.get(names[0]) else {}
        return cls(str(resource.get("sid")), str(resource.get("status")), Webhook.of(webhook), kept)


class TwilioSenders:
    """The WhatsApp senders of an account; all raise TwilioRestError."""

    def __init__(self, rest: TwilioRest) -> None:
        self._rest = rest

    async def find(self, address: str) -> Sender | None:
        async for resource in self._rest.listed("messaging", _SENDERS, "senders", Channel="whatsapp", PageSize="50"):
            if resource.get("sender_id") == address:
                return Sender.of(resource)
        return None

    async def set_webhook(self, sender: Sender, webhook: Webhook) -> None:
        """Set the webhook; the one for status reports is sent as it was, in case what is left out were removed."""
        body = {
            "callback_url": webhook.url,
            "callback_method": webhook.method,
            "fallback_url": webhook.fallback,
            "fallback_method": webhook.fallback_method,
            **sender.status_webhook,
        }
        await self._rest.post("messaging", f"{_SENDERS}/{sender.sid}", {"webhook": body})
