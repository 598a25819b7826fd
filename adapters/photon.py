"""iMessage by the Photon sidecar's HTTP interface."""

import httpx

from adapters.http import send_error
from domain.candidate import Approver
from domain.errors import SendError, SendOutcomeUnknownError, SendPostponedError, SendRefusedError

_NO_PERMISSION = 503
_SEND_TIMEOUT = httpx.Timeout(15, connect=5)
_WATCH_TIMEOUT = httpx.Timeout(5)


class PhotonSidecar:
    """Satisfies the activities' Messenger and Sidecar."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, webhook_url: str, webhook_secret: str) -> None:
        self._http = http
        self._base_url = base_url
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret

    async def send(
        self,
        to: Approver,
        text: str,
        *,
        template: tuple[str, ...] | None = None,  # noqa: ARG002  # WhatsApp's
        status_path: str | None = None,  # noqa: ARG002  # the sidecar reports nothing
    ) -> str | None:
        """Send one message; the sidecar gives no id.

        503 means that the Mac withheld its permission, so nothing went out; another 5xx comes after attempts of the
        sidecar's own, one of which may have worked.
        """
        try:
            response = await self._http.post(
                f"{self._base_url}/send", json={"recipient": to.handle, "text": text}, timeout=_SEND_TIMEOUT
            )
        except httpx.HTTPError as error:
            raise send_error("sidecar", error) from None
        if not response.is_success:
            raise _error(response)
        return None

    async def watch(self) -> None:
        """Subscribe to incoming messages; a sidecar that is watching already keeps the headers that it had."""
        subscription = {
            "webhookUrl": self._webhook_url,
            "webhookHeaders": {"Authorization": f"Bearer {self._webhook_secret}"},
        }
        try:
            response = await self._http.post(f"{self._base_url}/watch/start", json=subscription, timeout=_WATCH_TIMEOUT)
        except httpx.HTTPError as error:
            raise send_error("sidecar", error) from None
        if not response.is_success:
            raise SendPostponedError(f"sidecar answered {response.status_code}", code=str(response.status_code))


def _error(response: httpx.Response) -> SendError:
    message, code = f"sidecar answered {response.status_code}", str(response.status_code)
    if response.status_code == _NO_PERMISSION:
        return SendPostponedError(message, code=code)
    kind = SendOutcomeUnknownError if response.is_server_error else SendRefusedError
    return kind(message, code=code)
