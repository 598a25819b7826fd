"""What Twilio says of an account, its WhatsApp senders and its templates; reads only.

As https://www.twilio.com/docs/whatsapp/api/senders and https://www.twilio.com/docs/content have it; never tried there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx

_TIMEOUT = httpx.Timeout(4)
_API = "api."
_MOST_PAGES = 10
_PAGE_SIZE = 50


class TwilioReadError(Exception):
    """Twilio did not give what was asked for; `status` is None if it did not answer at all."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Sender:
    """A WhatsApp sender; the webhook is what Twilio calls for incoming messages, empty if it is set elsewhere."""

    status: str
    webhook: str
    webhook_method: str
    fallback: str

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Self:
        webhook = resource.get("webhook") or {}
        return cls(
            status=str(resource.get("status")),
            webhook=webhook.get("callback_url") or "",
            webhook_method=webhook.get("callback_method") or "POST",
            fallback=webhook.get("fallback_url") or "",
        )


@dataclass(frozen=True)
class Template:
    """A content template: the names of its variables, its text, and what its buttons send."""

    variables: frozenset[str]
    body: str
    button_ids: tuple[str, ...]
    approval: str
    category: str
    rejection_reason: str


class TwilioAccountReader:
    """Reads with one token. The hosts of Twilio's other products are named as api. is, edge and region included."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, account_sid: str, token: str) -> None:
        self._http = http
        self._base_url = base_url
        self._sid = account_sid
        self._auth = httpx.BasicAuth(account_sid, token)

    async def status(self) -> tuple[str, str]:
        """Give the account's status and type, as `active` and `Full`; raises TwilioReadError."""
        account = await self._get(f"{self._base_url}/2010-04-01/Accounts/{self._sid}.json")
        return str(account.get("status")), str(account.get("type"))

    async def sender(self, address: str) -> Sender | None:
        """Find one of the account's WhatsApp senders; raises TwilioReadError."""
        base = product_url(self._base_url, "messaging")
        url = f"{base}/v2/Channels/Senders?Channel=whatsapp&PageSize={_PAGE_SIZE}"
        for _ in range(_MOST_PAGES):
            page = await self._get(url)
            for resource in page.get("senders") or []:
                if resource.get("sender_id") == address:
                    return Sender.of(resource)
            url = (page.get("meta") or {}).get("next_page_url") or ""
            # The account's token goes with it: nowhere else.
            if not url.startswith(f"{base}/"):
                break
        return None

    async def template(self, content_sid: str) -> Template:
        """Raise TwilioReadError, with status 404 if the account has no such template."""
        url = f"{product_url(self._base_url, 'content')}/v1/Content/{content_sid}"
        content, approvals = await self._get(url), await self._get(f"{url}/ApprovalRequests")
        types = content.get("types") or {}
        shown: Mapping[str, Any] = next(iter(types.values()), {})
        approval = approvals.get("whatsapp") or {}
        return Template(
            variables=frozenset(content.get("variables") or {}),
            body=shown.get("body") or "",
            button_ids=tuple(action.get("id") or "" for action in shown.get("actions") or []),
            approval=approval.get("status") or "unsubmitted",
            category=approval.get("category") or "",
            rejection_reason=approval.get("rejection_reason") or "",
        )

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            response = await self._http.get(url, auth=self._auth, timeout=_TIMEOUT, follow_redirects=False)
            body = response.json() if response.content else {}
        except httpx.HTTPError as error:
            raise TwilioReadError(f"no answer: {type(error).__name__}") from None
        except ValueError:
            body = {}
        if not response.is_success or not isinstance(body, dict):
            code = body.get("code") if isinstance(body, dict) else None
            raise TwilioReadError(
                f"answered {response.status_code}" + (f", error {code}" if code else ""), response.status_code
            )
        return body


def product_url(api_base_url: str, product: str) -> str:
    """Name the host of a product of Twilio's: content.twilio.com beside api.twilio.com. Any other host serves all."""
    parts = urlsplit(api_base_url)
    if not is_twilio(api_base_url):
        return api_base_url
    return urlunsplit(parts._replace(netloc=f"{product}.{parts.netloc.removeprefix(_API)}"))


def is_twilio(api_base_url: str) -> bool:
    """Whether it is Twilio itself, and not a simulator or a proxy."""
    host = urlsplit(api_base_url).hostname or ""
    return host.startswith(_API) and host.endswith(".twilio.com")
