"""Calls Twilio's REST APIs other than Messages, for account.py, content_api.py and senders.py.

Written from twilio-oai and https://www.twilio.com/docs; never tried with a real account.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx

_TIMEOUTS = {"GET": httpx.Timeout(4), "POST": httpx.Timeout(15)}
_API = "api."
_MOST_PAGES = 20


class TwilioRestError(Exception):
    """Twilio did not do what was asked; `status` is None if it did not answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class TwilioRest:
    """Calls Twilio with one token, without retries.

    Paths are relative to the host of a product, such as `content`. All methods raise
    TwilioRestError.
    """

    def __init__(self, http: httpx.AsyncClient, api_base_url: str, account_sid: str, token: str) -> None:
        self.account_sid = account_sid
        self._http = http
        self._api_base_url = api_base_url
        self._auth = httpx.BasicAuth(account_sid, token)

    async def get(self, product: str, path: str) -> dict[str, Any]:
        return await self._call("GET", f"{product_url(self._api_base_url, product)}{path}")

    async def post(self, product: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._call("POST", f"{product_url(self._api_base_url, product)}{path}", json=body)

    async def listed(self, product: str, path: str, key: str, **query: str) -> AsyncIterator[dict[str, Any]]:
        """Yields the items of a list, page by page; `key` is the page's field with the items."""
        base = product_url(self._api_base_url, product)
        url = f"{base}{path}?{urlencode(query)}"
        for _ in range(_MOST_PAGES):
            page = await self._call("GET", url)
            for item in page.get(key) or []:
                yield item
            url = (page.get("meta") or {}).get("next_page_url") or ""
            # The account's token is sent along, so never to another host.
            if not url.startswith(f"{base}/"):
                return

    async def _call(self, method: str, url: str, **content: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(
                method, url, auth=self._auth, timeout=_TIMEOUTS[method], follow_redirects=False, **content
            )
        except httpx.HTTPError as error:
            raise TwilioRestError(f"did not answer: {type(error).__name__}") from None
        try:
            body = response.json() if response.content else {}
        except ValueError:
            body = None
        if not response.is_success or not isinstance(body, dict):
            raise TwilioRestError(_refusal(response.status_code, body), response.status_code)
        return body


def _refusal(status: int, body: object) -> str:
    """Returns Twilio's answer in one line, with its code and message if it has them."""
    given = body if isinstance(body, dict) else {}
    code, message = given.get("code"), " ".join(str(given.get("message") or "").split())
    return f"answered {status}" + (f", error {code}" if code else "") + (f": {message}" if message else "")


def product_url(api_base_url: str, product: str) -> str:
    """Returns a product's base URL: content.twilio.com for api.twilio.com.

    Any other host serves all products.
    """
    parts = urlsplit(api_base_url)
    if not is_twilio(api_base_url):
        return api_base_url
    return urlunsplit(parts._replace(netloc=f"{product}.{parts.netloc.removeprefix(_API)}"))


def is_twilio(api_base_url: str) -> bool:
    """Returns whether it is Twilio itself, not a simulator or a proxy."""
    host = urlsplit(api_base_url).hostname or ""
    return host.startswith(_API) and host.endswith(".twilio.com")
