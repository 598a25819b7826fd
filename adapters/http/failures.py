"""What an HTTP exchange that failed says about its effect.

An error of ours is raised `from None`: a library's message may hold an address or a secret, and Temporal would keep it.
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
    """Tell a request that certainly never left from one whose effect is unknown."""
    message = f"{provider}: no answer ({type(error).__name__})"
    if isinstance(error, _NEVER_SENT):
        return SendPostponedError(message, code=provider_codes.CONNECT)
    is_timeout = isinstance(error, httpx.TimeoutException)
    return SendOutcomeUnknownError(message, code=provider_codes.TIMEOUT if is_timeout else provider_codes.CONNECT)


def retry_after(response: httpx.Response) -> timedelta | None:
    """Read Retry-After, as seconds or as a date: a second to a quarter of an hour; None if absent or unreadable."""
    value = response.headers.get("Retry-After", "")
    try:
        wait = timedelta(seconds=float(value)) if value.isdigit() else parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, SHORTEST_RETRY_AFTER), LONGEST_RETRY_AFTER)
