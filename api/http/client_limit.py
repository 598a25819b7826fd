"""Limits the requests of each client, before any work is done for them."""

from ipaddress import IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from domain.errors import TooManyRequestsError

_UNLIMITED = frozenset({"/", "/healthz", "/readyz", "/metrics"})
"""A platform stops an edge whose health check is rejected."""

_SITE_BITS = 64
"""The bits of an IPv6 address that identify a client; a client can choose the others."""


class ClientLimit:
    """Answers 429 with Retry-After to a client that asks too often."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _UNLIMITED:
            wait = await scope["app"].state.gateway.request_quota.ask(_client(scope))
            if wait is not None:
                refusal = TooManyRequestsError("too many requests from this address; see Retry-After", wait)
                await errors.answer(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _client(scope: Scope) -> str:
    """Returns the client's address, or its IPv6 /64 network.

    Clients without an address share one limit.
    """
    try:
        address = ip_address(scope["client"][0])
    except (TypeError, ValueError):
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> _SITE_BITS << _SITE_BITS))
