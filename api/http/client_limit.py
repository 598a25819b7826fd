"""How many requests a client may make, decided before any work is done for it."""

from ipaddress import IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from domain.errors import TooManyRequestsError

_UNLIMITED = frozenset({"/", "/healthz", "/readyz", "/metrics"})
"""A platform that is refused its health check would stop the edge."""

_SITE_BITS = 64
"""Of an IPv6 address: what one client has to itself, to choose the rest from."""


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
    """Name who asks: by its address, a whole IPv6 network by one; whoever has none shares a limit with the like."""
    try:
        address = ip_address(scope["client"][0])
    except (TypeError, ValueError):
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> _SITE_BITS << _SITE_BITS))
