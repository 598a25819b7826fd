"""WhatsApp through Twilio's Messages API: a plain POST, one attempt per call.

Twilio's own async transport ignores its timeout, and its retries would post twice.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.http.failures import retry_after, send_error
from domain.candidate import Approver
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError
from domain.sending import provider_codes
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import FoundMessage, MessageSearch, Wording
from domain.sending.provider_faults import ProviderFault, fault_of, words_for

API_BASE_URL = "https://api.twilio.com"

_TRIED_AGAIN = "#rc=2&rp=5xx,ct,rt"
"""Twilio's connection overrides: a callback is retried twice if the edge or Temporal is away."""

_TOO_MANY_REQUESTS = 429
_WRONG_TOKEN = 20003
_SAY_ALL = {401, _TOO_MANY_REQUESTS}
"""Statuses that tell an operator more than Twilio's error code."""

_TIMEOUT = httpx.Timeout(10, connect=5)
_PATIENCE = timedelta(seconds=12)
"""The limit for a whole call; a send that takes longer has an unknown outcome."""

_PAGE_SIZE = 100
_MOST_PAGES = 5
_OTHER_CLOCK = timedelta(minutes=10)
"""The largest expected difference between Twilio's clock and Temporal's."""


@dataclass(frozen=True)
class TwilioIdentity:
    """The account, its sender and its contents.

    Without a status URL there are no status reports.
    """

    account_sid: str
    auth_tokens: Sequence[str]
    sender: str
    content_sids: Mapping[ContentKind, str] = field(default_factory=dict)
    status_base_url: str | None = None


class TwilioMessages:
    """Satisfies the activities' Messenger."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, account: TwilioIdentity) -> None:
        self._http = http
        self._base_url = base_url
        self._url = f"{base_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
        self._auths = [httpx.BasicAuth(account.account_sid, token) for token in account.auth_tokens]
        self._account = account

    def has(self, kind: ContentKind) -> bool:
        """Returns whether it can send contents of this kind."""
        return kind in self._account.content_sids

    async def send(
        self,
        to: Approver,
        text: str,
        *,
        template: tuple[str, ...] | None = None,
        content: Content | None = None,
        status_path: str | None = None,
    ) -> str | None:
        """Sends the content if its kind is configured, otherwise the text; returns the MessageSid.

        `template` fills the content WHOLE, for candidates of earlier rules. A 201 means that Twilio
        accepted the message, not that it arrived.
        """
        if template:
            content = Content(ContentKind.WHOLE, template)
        form = {"To": str(to), "From": self._account.sender, **self._said(text, content)}
        if status_path and self._account.status_base_url:
            form["StatusCallback"] = f"{self._account.status_base_url}{status_path}{_TRIED_AGAIN}"
        response = await self._request("POST", self._url, data=form)
        if response.is_success:
            sid = _field(response, "sid")
            return sid if isinstance(sid, str) else None
        raise _error(response)

    async def find(self, search: MessageSearch) -> list[FoundMessage]:
        """Searches the account's messages to the approver, newest first, back to `search.since`.

        Twilio's list can lag behind by minutes: a message that is not found may have been sent.
        """
        query = {"To": str(search.approver), "From": self._account.sender, "PageSize": str(_PAGE_SIZE)}
        url, found = f"{self._url}?{urlencode(query)}", list[FoundMessage]()
        for _ in range(_MOST_PAGES):
            response = await self._request("GET", url)
            if not response.is_success:
                raise SendPostponedError(f"Twilio answered {response.status_code}", code=str(response.status_code))
            page = _page(response)
            found += page.found(search.wordings)
            if not page.next_uri or page.oldest < search.since - _OTHER_CLOCK:
                return found
            url = f"{self._base_url}{page.next_uri}"  # never another host, because the token is sent along
        return found

    def _said(self, text: str, content: Content | None) -> dict[str, str]:
        if content and (sid := self._account.content_sids.get(content.kind)):
            variables = {str(number): value for number, value in enumerate(content.variables, start=1)}
            return {"ContentSid": sid, "ContentVariables": json.dumps(variables)}
        if not text:
            raise SendRefusedError("only a message with buttons would be delivered, but its content sid is not set")
        return {"Body": text}

    async def _request(self, method: str, url: str, **content: Any) -> httpx.Response:
        """Calls with the token that worked last.

        If Twilio rejects it, the request had no effect, and the next token is tried.
        """
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                for auth in tuple(self._auths):
                    response = await self._http.request(method, url, auth=auth, timeout=_TIMEOUT, **content)
                    if response.status_code != httpx.codes.UNAUTHORIZED or _field(response, "code") != _WRONG_TOKEN:
                        self._auths.sort(key=lambda other: other is not auth)
                        break
                return response
        except httpx.HTTPError as error:
            raise send_error("Twilio", error) from None
        except TimeoutError:
            raise SendOutcomeUnknownError("Twilio: no answer in time", code=provider_codes.TIMEOUT) from None


def _error(response: httpx.Response) -> SendError:
    code = _field(response, "code")
    meaning = words_for(str(code))
    message = f"Twilio answered {response.status_code}, error {code}" + (f": {meaning}" if meaning else "")
    says_more = response.status_code not in _SAY_ALL and not response.is_server_error
    classed = str(code if code and says_more else response.status_code)
    if response.is_server_error or response.status_code == httpx.codes.REQUEST_TIMEOUT:
        return SendOutcomeUnknownError(message, code=classed)
    if fault_of(str(code)) is ProviderFault.OURS:
        return SendPostponedError(message, retry_after(response), code=classed)
    return SendRefusedError(message, code=classed)


@dataclass(frozen=True)
class _Page:
    """A page of Twilio's list of messages, newest first; `next_uri` is empty on the last one."""

    messages: Sequence[tuple[str, FoundMessage]]
    oldest: datetime
    next_uri: str

    def found(self, wordings: Sequence[Wording]) -> list[FoundMessage]:
        return [message for body, message in self.messages if any(_says(body, wording) for wording in wordings)]


def _page(response: httpx.Response) -> _Page:
    try:
        body = response.json()
        messages = [(each["body"] or "", _found(each)) for each in body["messages"]]
        dates = [parsedate_to_datetime(each["date_created"]) for each in body["messages"]]
        return _Page(messages, min(dates, default=datetime.min.replace(tzinfo=UTC)), body.get("next_page_uri") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SendPostponedError("Twilio's list of messages cannot be read") from None


def _found(message: Mapping[str, Any]) -> FoundMessage:
    code = message.get("error_code")
    return FoundMessage(message["sid"], message["status"], str(code) if code else None)


def _says(body: str, wording: Wording) -> bool:
    """Returns whether a body is this text exactly, or contains every variable of this content."""
    if wording.text and body == wording.text:
        return True
    return bool(wording.template) and all(value in body for value in wording.template or ())


def _field(response: httpx.Response, name: str) -> object:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None
