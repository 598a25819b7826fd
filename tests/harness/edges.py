"""More edges in addition to a stack's own, with other settings, and Twilio's requests to them."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.harness.processes import free_port
from tests.harness.stack import TWILIO_TOKEN, Stack, api_process

ROTATED_SECRET = "core-secret-after-its-rotation-0123456789abc"
Pairs = Sequence[tuple[str, str]]

_WEBHOOK = "/webhooks/whatsapp"


@asynccontextmanager
async def another_edge(stack: Stack, **changes: str) -> AsyncIterator[httpx.AsyncClient]:
    """Runs one more edge on the stack's servers; yields a client without credentials."""
    port = str(free_port())
    process = api_process({**stack.environment, "PORT": port, **changes})
    try:
        await process.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15) as http:
            yield http
    finally:
        await process.kill()


def twilio_signature(url: str, pairs: Pairs, token: str = TWILIO_TOKEN) -> str:
    """Signs as Twilio documents it.

    The signature covers the URL and each distinct name and value, sorted, without separators.
    """
    content = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token.encode(), content.encode(), hashlib.sha1)).decode()


async def twilio_posts(
    edge: httpx.AsyncClient,
    pairs: Pairs,
    *,
    signed_url: str | None = None,
    signature: str | None = None,
    path: str = _WEBHOOK,
    query: str = "",
    **headers: str,
) -> httpx.Response:
    """Posts a webhook to an edge, signed for `signed_url` or by default for the edge's URL."""
    url = f"{signed_url or str(edge.base_url).rstrip('/') + path}{query}"
    sent = {
        "X-Twilio-Signature": twilio_signature(url, pairs) if signature is None else signature,
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await edge.post(f"{path}{query}", content=urlencode(pairs), headers=sent)


async def twilio_reports(
    stack: Stack, candidate_id: str, sid: str, status: str, *, attempt: str = "1-1", **options: Any
) -> int:
    """Posts a status report as Twilio does; returns the answer's status code."""
    path = f"/webhooks/whatsapp/status/{candidate_id}/{attempt}"
    form = [("MessageSid", sid), ("MessageStatus", status), ("ErrorCode", "63003")]
    return (await twilio_posts(stack.core.http, form, path=path, **options)).status_code
