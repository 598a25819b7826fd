"""The sender's webhook, to which Twilio posts owners' messages."""

from adapters.twilio.rest import TwilioRestError
from adapters.twilio.senders import TwilioSenders, Webhook
from tools.setup_twilio.report import Report

SANDBOX = "whatsapp:+14155238886"
_SUBJECT = "webhook"
_BETA = "with the Senders API, a public beta"


async def set_up(senders: TwilioSenders, address: str, public_base_url: str | None, *, only_reads: bool) -> Report:
    """Sets the URL and the fallback, but no URL for status reports: each attempt has its own."""
    if not public_base_url:
        return Report(_SUBJECT, "unchanged: PUBLIC_BASE_URL is not set", is_right=False)
    ours = Webhook.at(public_base_url)
    try:
        sender = await senders.find(address)
        if sender is None:
            return _not_listed(address, ours)
        if sender.webhook == ours:
            return Report(_SUBJECT, f"{_shown(ours)}: already set", is_right=True)
        if only_reads:
            return Report(_SUBJECT, f"{_shown(sender.webhook)}; it should be {_shown(ours)}", is_right=False)
        await senders.set_webhook(sender, ours)
    except TwilioRestError as error:
        return Report(_SUBJECT, f"not set {_BETA}: Twilio {error}", is_right=False)
    return Report(_SUBJECT, f"{_shown(ours)}: set {_BETA}; it was {_shown(sender.webhook)}", is_right=True)


def _not_listed(address: str, ours: Webhook) -> Report:
    if address == SANDBOX:
        return Report(_SUBJECT, f"{ours.url}: set it by hand on the sandbox's page in Twilio's console", is_right=True)
    return Report(_SUBJECT, "not set: TWILIO_WA_NUMBER is not a WhatsApp sender of this account", is_right=False)


def _shown(webhook: Webhook) -> str:
    return f"{_called(webhook.url, webhook.method)}, fallback {_called(webhook.fallback, webhook.fallback_method)}"


def _called(url: str, method: str) -> str:
    return f"{url or 'none'}{'' if method == 'POST' else f' by {method}'}"
