"""WhatsApp by Twilio's Messages API: a plain POST, one attempt a call.

Twilio's own async transport ignores its time-out, and its retries would post twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from adapters.http import retry_after, send_error
from domain.candidate import Approver
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError

API_BASE_URL = "https://api.twilio.com"

_TRANSIENT_CODES = frozenset(
    {
        20429,  # too many concurrent requests; never processed
        21611,  # the sender's queue is full
        30001,  # queue overflow
        63017,  # the account's rate
        63018,  # the sender's rate or tier
        63038,  # the account's daily limit
    }
)
"""Codes after which the same message may be accepted later; every other 4xx is for good."""

_DELIVERED_AGAIN = "#rc=2&rp=5xx,ct,rt"
"""Twilio's connection overrides: a callback that meets no edge, or one without Temporal, is tried twice more."""

_TOO_MANY_REQUESTS = 429
_WRONG_TOKEN = 20003
_SAY_ALL = {401, _TOO_MANY_REQUESTS}
"""Statuses that tell an operator more than the code beside them."""

_TIMEOUT = httpx.Timeout(10, connect=5)


@dataclass(frozen=True)
class TwilioIdentity:
    """Whose messages they are; without a content sid there is no template, without a status URL no report is asked."""

    account_sid: str
    auth_tokens: Sequence[str]
    sender: str
    content_sid: str | None = None
    status_base_url: str | None = None


class TwilioMessages:
    """Satisfies the activities' Messenger."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, account: TwilioIdentity) -> None:
        self._http = http
        self._url = f"{base_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
        self._auths = [httpx.BasicAuth(account.account_sid, token) for token in account.auth_tokens]
        self._account = account

    async def send(
        self, to: Approver, text: str, *, template: tuple[str, ...] | None = None, status_path: str | None = None
    ) -> str | None:
        """Give the MessageSid. A 201 says that Twilio took the message, not that it was delivered."""
        form = {"To": str(to), "From": self._account.sender, **self._content(text, template)}
        if status_path and self._account.status_base_url:
            form["StatusCallback"] = f"{self._account.status_base_url}{status_path}{_DELIVERED_AGAIN}"
        try:
            response = await self._post(form)
        except httpx.HTTPError as error:
            raise send_error("Twilio", error) from None
        if response.is_success:
            sid = _field(response, "sid")
            return sid if isinstance(sid, str) else None
        raise _error(response)

    def _content(self, text: str, template: tuple[str, ...] | None) -> dict[str, str]:
        if template and self._account.content_sid:
            variables = {str(number): value for number, value in enumerate(template, start=1)}
            return {"ContentSid": self._account.content_sid, "ContentVariables": json.dumps(variables)}
        if not text:
            raise SendRefusedError("only a template would be delivered, and TWILIO_CONTENT_SID is not set")
        return {"Body": text}

    async def _post(self, form: dict[str, str]) -> httpx.Response:
        """Post with the token that worked last; one that Twilio refuses was not looked beyond, so the next is tried."""
        for auth in tuple(self._auths):
            response = await self._http.post(self._url, data=form, auth=auth, timeout=_TIMEOUT)
            if response.status_code != httpx.codes.UNAUTHORIZED or _field(response, "code") != _WRONG_TOKEN:
                self._auths.sort(key=lambda other: other is not auth)
                break
        return response


def _error(response: httpx.Response) -> SendError:
    code = _field(response, "code")
    message = f"Twilio answered {response.status_code}, error {code}"
    says_more = response.status_code not in _SAY_ALL and not response.is_server_error
    classed = str(code if code and says_more else response.status_code)
    if response.is_server_error:
        return SendOutcomeUnknownError(message, code=classed)
    if response.status_code == _TOO_MANY_REQUESTS or code in _TRANSIENT_CODES:
        return SendPostponedError(message, retry_after(response), code=classed)
    return SendRefusedError(message, code=classed)


def _field(response: httpx.Response, name: str) -> object:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None
