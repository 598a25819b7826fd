"""iMessage through the Photon sidecar's HTTP API."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog

from adapters.http.failures import send_error
from adapters.photon import unread as photon_unread
from adapters.photon.unread import fields_of
from adapters.redis.gateway_texts import GatewayTexts
from domain.candidate import Approver
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError
from domain.sending import provider_codes
from domain.sending.content_kinds import Content, ContentKind

log = structlog.get_logger()

_NEVER_SENT = ("SDK initialization failed", "Failed to open database")
"""How the sidecar's errors begin if they precede a send.

Its status is not evidence: the sidecar derives it from words in the error's text, and the text
contains the draft.
"""

_REFUSED = {400, 413, 422}
_UNANSWERED = 408
SEND_TIMEOUT = timedelta(seconds=65)
"""The sidecar's kit retries a send itself, and gives up after 61.5 s; a busy Mac takes a minute."""

_CONNECT_TIMEOUT_SEC = 5
_WATCH_TIMEOUT = httpx.Timeout(5)
_EDGE_TIMEOUT = httpx.Timeout(15, connect=5)
_STARTED = "started"


class PhotonSidecar:
    """Satisfies the activities' Messenger; `gateway_texts` stores each text before it is sent."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, gateway_texts: GatewayTexts) -> None:
        self._http = http
        self._base_url = base_url
        self._gateway_texts = gateway_texts

    @staticmethod
    def has(_: ContentKind) -> bool:
        """Returns False: iMessage cannot send contents."""
        return False

    async def send(
        self,
        to: Approver,
        text: str,
        *,
        template: tuple[str, ...] | None = None,  # noqa: ARG002  # WhatsApp's
        content: Content | None = None,  # noqa: ARG002  # WhatsApp's
        status_path: str | None = None,  # noqa: ARG002  # the sidecar sends no status reports
    ) -> str | None:
        """Sends one message; returns None, because the sidecar returns no id.

        The sidecar reports an error only after its own retries, one of which may have worked.
        """
        await self._gateway_texts.note(to, text)
        try:
            # For the whole call: httpx restarts its timeout for each read.
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                response = await self._http.post(
                    f"{self._base_url}/send",
                    json={"recipient": to.handle, "text": text},
                    timeout=httpx.Timeout(_CONNECT_TIMEOUT_SEC, read=None),
                )
        except TimeoutError:
            raise SendOutcomeUnknownError("sidecar: no answer in time", code=provider_codes.TIMEOUT) from None
        except httpx.HTTPError as error:
            raise send_error("sidecar", error) from None
        if not response.is_success:
            raise _error(response)
        return None


class PhotonSubscription:
    """The sidecar's webhook for owners' messages; satisfies the activities' Sidecar."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, webhook_url: str, webhook_secret: str) -> None:
        self._http = http
        self._base_url = base_url
        self._webhook_url = webhook_url
        self._headers = {"Authorization": f"Bearer {webhook_secret}"}

    async def watch(self) -> bool:
        """Subscribes.

        Returns False if the sidecar already watches for this URL; then it keeps its old headers.
        """
        subscription = {"webhookUrl": self._webhook_url, "webhookHeaders": self._headers}
        response = await self._answer("POST", f"{self._base_url}/watch/start", json=subscription)
        if not response.is_success:
            raise _postponed("sidecar", response)
        return fields_of(response).get("status") == _STARTED

    async def forward_unread(self) -> None:
        """Forwards to the edge what arrived without a subscription, in the sidecar's format.

        The edge recognizes messages that it has. Messages older than a day, or without a date, are
        skipped. Raises a SendError if any of the others could not be forwarded.
        """
        listed = await self._answer("GET", f"{self._base_url}/messages/unread")
        if listed.status_code == httpx.codes.NOT_FOUND:
            return  # this sidecar has no such list
        if not listed.is_success:
            raise _postponed("sidecar", listed)
        unread = photon_unread.recent(listed, datetime.now(UTC))
        for message in unread:
            event = {"event": "new_message", "message": message}
            response = await self._answer("POST", self._webhook_url, json=event, headers=self._headers)
            if response.status_code not in _REFUSED and not response.is_success:
                raise _postponed("the edge", response)
        if unread:
            log.info("unread_messages_forwarded", count=len(unread))

    async def _answer(self, method: str, url: str, **request: Any) -> httpx.Response:
        is_edge = url == self._webhook_url
        try:
            timeout = _EDGE_TIMEOUT if is_edge else _WATCH_TIMEOUT
            return await self._http.request(method, url, timeout=timeout, **request)
        except httpx.HTTPError as error:
            raise send_error("the edge" if is_edge else "sidecar", error) from None


def _error(response: httpx.Response) -> SendError:
    """Returns the error for an answer.

    Nothing of the answer's text is kept, because it can contain the draft.
    """
    message, code = f"sidecar answered {response.status_code}", str(response.status_code)
    if response.status_code in _REFUSED:
        return SendRefusedError(message, code=code)
    if response.status_code == _UNANSWERED or response.is_server_error:
        text = str(fields_of(response).get("error", response.text))
        if never_sent := next((words for words in _NEVER_SENT if text.startswith(words)), None):
            return SendPostponedError(f"{message}: {never_sent}", code=code)
        return SendOutcomeUnknownError(message, code=code)
    return SendPostponedError(message, code=code)  # a proxy's answer: the sidecar did not get the message


def _postponed(who: str, response: httpx.Response) -> SendPostponedError:
    return SendPostponedError(f"{who} answered {response.status_code}", code=str(response.status_code))
