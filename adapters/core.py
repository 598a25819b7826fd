"""Core's decision webhook, signed according to the Standard Webhooks specification."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpx
from standardwebhooks import Webhook

from adapters import strict_base64
from adapters.http.failures import retry_after
from domain.decision import Decision
from domain.errors import CallbackError, CallbackMisdirectedError, CallbackPostponedError, CallbackRefusedError
from domain.identifiers import webhook_id

_RETRIED = frozenset({408, 425, 429})
_OF_A_PROXY = frozenset({403, 404})
_CONNECTED_WITHIN = timedelta(seconds=5)
_ANSWERED_WITHIN = timedelta(seconds=20)
_SHORT_BODY = 16 * 1024
_SHORT_WAIT = timedelta(milliseconds=100)
_KEY_PREFIX = "whsec_"
_SHORTEST_KEY, _LONGEST_KEY = 24, 64


class DecisionFormat(StrEnum):
    """The fields that core gets: the five that a strict core knows, or all."""

    STRICT = "strict"
    EXTENDED = "extended"


class CoreDecisions:
    """Satisfies the activities' DecisionReceiver."""

    def __init__(  # noqa: PLR0913  # one parameter per setting
        self,
        http: httpx.AsyncClient,
        url: str,
        bearer_secret: str,
        signing_keys: Sequence[bytes],
        *,
        decision_format: DecisionFormat = DecisionFormat.STRICT,
        answered_within: timedelta = _ANSWERED_WITHIN,
    ) -> None:
        self._http = http
        self._url = url
        self._bearer_secret = bearer_secret
        self._format = decision_format
        self._answered_within = answered_within
        self._signers = [Webhook(key) for key in signing_keys]

    async def deliver(
        self, candidate_id: str, decision: Decision, *, brand_id: str | None = None, source_ref: str | None = None
    ) -> None:
        """Delivers in one attempt.

        Any 2xx is success, whatever its body; redirects are not followed.
        """
        fields = _strict(candidate_id, decision)
        if self._format is DecisionFormat.EXTENDED:
            fields |= {"brand_id": brand_id, "source_ref": source_ref, **_more(decision)}
        body = json.dumps(fields, ensure_ascii=False)
        try:
            # httpx restarts its timeout for each read, and would wait forever for an answer that
            # trickles in.
            async with asyncio.timeout(self._answered_within.total_seconds()):
                response = await self._answer(body, self._headers(candidate_id, body))
        except (httpx.HTTPError, TimeoutError) as error:
            raise CallbackPostponedError(f"core: no answer ({type(error).__name__})") from None
        if not response.is_success:
            raise _error(response)

    async def _answer(self, body: str, headers: dict[str, str]) -> httpx.Response:
        """Returns the status and headers.

        The body is not needed, and can be huge, broken or endless.

        A short body is read all the same, so that the connection can be reused.
        """
        async with self._http.stream(
            "POST",
            self._url,
            content=body.encode(),
            headers=headers,
            timeout=httpx.Timeout(None, connect=_CONNECTED_WITHIN.total_seconds()),
            follow_redirects=False,
        ) as response:
            await _read_short(response)
            return response

    def _headers(self, candidate_id: str, body: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._bearer_secret:
            headers["Authorization"] = f"Bearer {self._bearer_secret}"
        if self._signers:
            message_id, now = webhook_id(candidate_id), datetime.now(UTC)
            headers["webhook-id"] = message_id
            headers["webhook-timestamp"] = str(int(now.timestamp()))
            headers["webhook-signature"] = " ".join(signer.sign(message_id, now, body) for signer in self._signers)
        return headers


def signing_key(text: str) -> bytes:
    """Decodes `whsec_` and strict base64 of 24 to 64 bytes; raises ValueError with the problem."""
    if not text.startswith(_KEY_PREFIX):
        raise ValueError(f"must begin with {_KEY_PREFIX}")
    key = strict_base64.decode(text.removeprefix(_KEY_PREFIX))
    if key is None:
        raise ValueError(f"must be base64 after {_KEY_PREFIX}")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise ValueError(f"must be {_SHORTEST_KEY} to {_LONGEST_KEY} bytes long, not {len(key)}")
    return key


def _strict(candidate_id: str, decision: Decision) -> dict[str, object]:
    return {
        "id": candidate_id,
        "decision": decision.outcome.value,
        "final_text": decision.final_text,
        "decider": decision.decider,
        "latency_ms": decision.latency_ms,
    }


def _more(decision: Decision) -> dict[str, object]:
    return {"via": decision.via, "note": decision.note, "reason": decision.reason}


async def _read_short(response: httpx.Response) -> None:
    """Reads a body that is declared short and arrives at once; errors in it are ignored."""
    if 0 <= int(response.headers.get("Content-Length", -1)) <= _SHORT_BODY:
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_SHORT_WAIT.total_seconds()):
                async for _ in response.aiter_raw():
                    pass


def _error(response: httpx.Response) -> CallbackError:
    message = f"core answered {response.status_code}"
    if response.is_server_error or response.status_code in _RETRIED:
        return CallbackPostponedError(message, retry_after(response))
    if response.status_code in _OF_A_PROXY:
        return CallbackMisdirectedError(message, retry_after(response))
    return CallbackRefusedError(message)
