"""Messages, and pages of messages, in Twilio's form."""

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from simulator.settings import SimulatorSettings
from simulator.world import ChatMessage

API_VERSION = "2010-04-01"
Resource = dict[str, Any]


def parties(message: ChatMessage, settings: SimulatorSettings) -> tuple[str, str]:
    """Returns the sender and the recipient of a WhatsApp message."""
    pair = settings.twilio_wa_number, message.address
    return pair if message.direction == "in" else pair[::-1]


def message(message: ChatMessage, settings: SimulatorSettings) -> Resource:
    """Returns Twilio's Message resource; a message to the phone is outbound for Twilio."""
    sender, recipient = parties(message, settings)
    uri = f"/{API_VERSION}/Accounts/{settings.twilio_account_sid}/Messages/{message.id}"
    date = formatdate(message.at).replace("-0000", "+0000")
    return {
        "account_sid": settings.twilio_account_sid,
        "api_version": API_VERSION,
        "body": message.text,
        "date_created": date,
        "date_sent": None if message.status == "queued" else date,
        "date_updated": date,
        "direction": "outbound-api" if message.direction == "in" else "inbound",
        "error_code": message.error_code,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": str(message.num_media),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.id,
        "status": message.status if message.direction == "in" else "received",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": recipient,
        "uri": f"{uri}.json",
    }


def page(found: list[Resource], number: int, size: int, uri: Callable[[int], str]) -> Resource:
    start = number * size
    shown = found[start : start + size]
    return {
        "messages": shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1) if start + size < len(found) else None,
    }
