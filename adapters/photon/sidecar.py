"""iMessage by the Photon sidecar's HTTP interface."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog

from adapters.http.failures import send_error
from adapters.photon import unread as photon_unread
from adapters.photon.unread import fields_of
from adapters.redis.own_texts import OwnTexts
from domain.candidate import Approver
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError
from domain.sending import provider_codes
from domain.sending.content_kinds import Content, ContentKind

log = structlog.get_logger()

_NEVER_SENT = ("SDK initialization failed", "Failed to open database")
"""How the sidecar's errors begin that come before a send. Its status says nothing: it goes by words in the error's
text, and the text contains the draft."""

_REFUSED = {400, 413, 422}
_UNANSWERED = 408
SEND_TIMEOUT = timedelta(seconds=65)
"""The kit gives up a send after 61.5 s, with attempts of its own; a Mac that is busy takes a minute."""

_CONNECT_TIMEOUT_SEC = 5
_WATCH_TIMEOUT = httpx.Timeout(5)
_EDGE_TIMEOUT = httpx.Timeout(15, connect=5)
_STARTED = "started"


class PhotonSidecar:
    """Satisfies the activities' Messenger; `own_texts` learns of each text before it is sent."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, own_texts: OwnTexts) -> None:
        self._http = http
        self._base_url = base_url
        self._own_texts = own_texts

    @staticmethod
    def has(_: ContentKind) -> bool:
        """Whether contents of this kind can be sent: none can."""
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
        """Send one message; the sidecar gives no id.

        An error of the sidecar's comes after attempts of its own, one of which may have worked.
        """
        await self._own_texts.note(to, text)
        try:
            # In all: httpx counts each read anew.
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
    """The sidecar's webhook for what owners write; satisfies the activities' Sidecar."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, webhook_url: str, webhook_secret: str) -> None:
        self._http = http
        self._base_url = base_url
        self._webhook_url = webhook_url
        self._headers = {"Authorization": f"Bearer {webhook_secret}"}

    async def watch(self) -> bool:
        """Subscribe; False if the sidecar watches for this URL already, and keeps the headers that it had."""
        subscription = {"webhookUrl": self._webhook_url, "webhookHeaders": self._headers}
        response = await self._answer("POST", f"{self._base_url}/watch/start", json=subscription)
        if not response.is_success:
            raise _postponed("sidecar", response)
        return fields_of(response).get("status") == _STARTED

    async def forward_unread(self) -> None:
        """Forward to the edge what came while nobody was subscribed, as the sidecar would; the edge knows what it has.

        What is older than a day, or has no date, is left. Raises a SendError if not all of it could be forwarded.
        """
        listed = await self._answer("GET", f"{self._base_url}/messages/unread")
        if listed.status_code == httpx.codes.NOT_FOUND:
            return  # a sidecar that has no such list
        if not listed.is_success:
            raise _postponed("sidecar", listed)
        unread = photon_unread.recent(listed, datetime.now(UTC))
        for message in unread:
            event = {"event": "new_message", "message": message}
            response = await self._answer("POST", self._webhook_url, json=event, headers=self._headers)
            if response.status_code not in _REFUSED and not response.is_success:
                raise _postponed("the edge", response)
        if unread:
            log.info("unread_messages_delivered", count=len(unread))

    async def _answer(self, method: str, url: str, **request: Any) -> httpx.Response:
        is_edge = url == self._webhook_url
        try:
            timeout = _EDGE_TIMEOUT if is_edge else _WATCH_TIMEOUT
            return await self._http.request(method, url, timeout=timeout, **request)
        except httpx.HTTPError as error:
            raise send_error("the edge" if is_edge else "sidecar", error) from None


def _error(response: httpx.Response) -> SendError:
    """Tell what became of a message; nothing of the answer's text, which may hold the draft, is kept."""
    message, code = f"sidecar answered {response.status_code}", str(response.status_code)
    if response.status_code in _REFUSED:
        return SendRefusedError(message, code=code)
    if response.status_code == _UNANSWERED or response.is_server_error:
        text = str(fields_of(response).get("error", response.text))
        if never_sent := next((words for words in _NEVER_SENT if text.startswith(words)), None):
            return SendPostponedError(f"{message}: {never_sent}", code=code)
        return SendOutcomeUnknownError(message, code=code)
    return SendPostponedError(message, code=code)  # a proxy's: the sidecar has not seen it


def _postponed(who: str, response: httpx.Response) -> SendPostponedError:
    return SendPostponedError(f"{who} answered {response.status_code}", code=str(response.status_code))
