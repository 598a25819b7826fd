"""The gateway's one HTTP client, with or without a proxy."""

from typing import cast

import httpx

from adapters.http import proxies

_DEFAULT_TIMEOUT = httpx.Timeout(5)
_DEFAULT_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


def client(
    timeout: float | httpx.Timeout = _DEFAULT_TIMEOUT,
    limits: httpx.Limits = _DEFAULT_LIMITS,
    *,
    sidecar: str | None = None,
) -> httpx.AsyncClient:
    """Returns a client that uses a proxy only for public hosts.

    It never uses one for the sidecar, and never a SOCKS proxy.
    """
    return httpx.AsyncClient(transport=_Transport(limits, sidecar), timeout=timeout)


class _Transport(httpx.AsyncBaseTransport):
    """Chooses a proxy for each request; each proxy has its own connections."""

    def __init__(self, limits: httpx.Limits, sidecar: str | None) -> None:
        self._limits = limits
        self._sidecar = httpx.URL(sidecar).host if sidecar else None
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {None: httpx.AsyncHTTPTransport(limits=limits)}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = None
        if request.url.scheme in {"http", "https"} and request.url.host != self._sidecar:
            proxy = proxies.proxy_for(cast("proxies.Scheme", request.url.scheme), request.url.host)
        if proxy not in self._ways:
            self._ways[proxy] = httpx.AsyncHTTPTransport(limits=self._limits, proxy=proxy)
        return await self._ways[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()
