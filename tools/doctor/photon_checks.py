"""The iMessage sidecar; subscription_check.py checks its subscription."""

from urllib.parse import urlsplit

import httpx

from adapters.config.settings import Settings
from adapters.http.proxies import is_private
from tools.doctor.findings import HTTP_TIMEOUT, Findings, not_checked, ok, problem, warning

_NAME = "imessage.sidecar"


async def check(settings: Settings, http: httpx.AsyncClient) -> Findings:
    url = settings.photon_base_url
    if url is None:
        yield not_checked(_NAME, "iMessage is off: PHOTON_BASE_URL is empty")
        return
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_private(parts.hostname or ""):
        says = "drafts and PHOTON_WEBHOOK_SECRET go to the sidecar unencrypted"
        yield warning("imessage.tls", says, "use https:// in PHOTON_BASE_URL, or a private network")
    fix = "start the sidecar on the Mac, or correct PHOTON_BASE_URL"
    try:
        response = await http.get(f"{url}/health", timeout=HTTP_TIMEOUT)
    except httpx.HTTPError as error:
        yield problem(_NAME, f"PHOTON_BASE_URL does not answer: {type(error).__name__}", fix)
        return
    if response.is_success:
        yield ok(_NAME, "healthy")
    else:
        yield problem(_NAME, f"GET /health at PHOTON_BASE_URL answers {response.status_code}", fix)
