"""Whether the api behind PUBLIC_BASE_URL sees its callers' addresses, or only its proxy's."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from api.routes.health import SEEN_CALLER
from tools.doctor.findings import HTTP_TIMEOUT, Finding, not_checked, ok, warning

_NAME = "public_url.proxy"
_NOBODYS = "192.0.2.1"
"""An address for documentation (RFC 5737), from which no request can arrive."""


async def check(url: str, secret: str, http: httpx.AsyncClient) -> Finding:
    """Asks the api which scheme and address it sees; https needs a proxy, which it must trust."""
    headers = {"Authorization": f"Bearer {secret}"}
    seen = await _seen(url, headers, http)
    if seen is None:
        return not_checked(_NAME, "the api does not say what it sees: its version or WEBHOOK_SIGNING_SECRET differs")
    scheme, address = seen
    if urlsplit(url).scheme != "https":
        return ok(_NAME, f"the api sees the doctor at {address}")
    if scheme != "https":
        says = (
            f"the api sees http from {address} although the doctor called by https: it does not trust its proxy,"
            " so all callers share one limit (CLIENT_REQUESTS_PER_MIN)"
        )
        fix = (
            "set FORWARDED_ALLOW_IPS of the api to the proxy's address, as the api sees it, and let the proxy set"
            " X-Forwarded-Proto and X-Forwarded-For"
        )
        return warning(_NAME, says, fix)
    pretended = await _seen(url, {**headers, "X-Forwarded-For": _NOBODYS}, http)
    if pretended and pretended[1] == _NOBODYS and _is_global(address):
        says = "the api trusts any X-Forwarded-For: a caller can choose its address, and so escape every limit"
        fix = (
            "set FORWARDED_ALLOW_IPS of the api to the proxy's addresses only, or let the proxy replace X-Forwarded-For"
        )
        return warning(_NAME, says, fix)
    return ok(_NAME, f"the api trusts its proxy, and sees the doctor at {address}")


async def _seen(url: str, headers: dict[str, str], http: httpx.AsyncClient) -> tuple[str, str] | None:
    try:
        response = await http.get(f"{url}/", headers=headers, timeout=HTTP_TIMEOUT)
    except httpx.HTTPError:
        return None
    scheme, _, address = response.headers.get(SEEN_CALLER, "").partition(" ")
    return (scheme, address) if address else None


def _is_global(address: str) -> bool:
    """Returns whether it is public: on a private network, the doctor may count as a proxy."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False
