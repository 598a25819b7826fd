"""Twilio's signature of a webhook."""

import base64
import hashlib
import hmac

from simulator.settings import SimulatorSettings


def signature(token: str, url: str, pairs: list[tuple[str, str]]) -> str:
    """Returns the documented signature: over the URL, then each distinct name and value, sorted."""
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signed_headers(settings: SimulatorSettings, url: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    token = settings.twilio_auth_token.get_secret_value()
    return {"X-Twilio-Signature": signature(token, url, pairs), "User-Agent": "TwilioProxy/1.1"}
