"""Authentication at Twilio."""

import base64
import secrets

from fastapi import Request

from simulator.settings import SimulatorSettings
from simulator.twilio import errors


def authenticate(request: Request, settings: SimulatorSettings) -> None:
    """Raises a TwilioError unless the request has the account's credentials."""
    own = settings.twilio_account_sid
    credentials = f"{own}:{settings.twilio_auth_token.get_secret_value()}".encode()
    expected = b"Basic " + base64.b64encode(credentials)
    given = request.headers.get("authorization", "").encode()
    if not own or not secrets.compare_digest(given, expected):
        raise errors.UNAUTHENTICATED
