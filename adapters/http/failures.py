"""Classifies failed HTTP exchanges by their effect.

Our errors are raised `from None`: a library's message can contain an address or a secret, and
Temporal would store it.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError
from domain.sending import provider_codes

LONGEST_RETRY_AFTER = timedelta(minutes=15)
SHORTEST_RETRY_AFTER = timedelta(seconds=1)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def send_error(provider: str, error: httpx.HTTPError) -> SendError:
    """Distinguishes a request that was certainly not sent from one whose effect is unknown."""
    message = f"{provider}: no answer ({type(error).__name__})"
    if isinstance(error, _NEVER_SENT):
        return SendPostponedError(message, code=provider_codes.CONNECT)
    is_timeout = isinstance(error, httpx.TimeoutException)
    return SendOutcomeUnknownError(message, code=provider_codes.TIMEOUT if is_timeout else provider_codes.CONNECT)


def retry_after(response: httpx.Response) -> timedelta | None:
    """Parses Retry-After, in seconds or as a date; None if absent or invalid.

    The result is clamped to 1 s to 15 min.
    """
    value = response.headers.get("Retry-After", "")
    try:
        wait = timedelta(seconds=float(value)) if value.isdigit() else parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, SHORTEST_RETRY_AFTER), LONGEST_RETRY_AFTER)
