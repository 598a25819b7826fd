"""The edge as the world sees it, at PUBLIC_BASE_URL: there, ours, and checking signatures over that very URL.

What is posted has no effect: a WhatsApp message from nobody, a status report on nothing, an event without a message.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from adapters.config.settings import Settings
from adapters.twilio.rest import is_twilio
from adapters.twilio.webhooks import signature
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning

_TIMEOUT = httpx.Timeout(4)
_MOST_AHEAD = timedelta(seconds=5)
_OURS = {"service": "brandpilot-approval-gateway", "status": "ok"}
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_FORM = {"MessageStatus": "", "SmsStatus": "doctor"}
"""Without From and MessageSid, the edge answers it with nothing, once the signature has passed."""


async def check(settings: Settings, http: httpx.AsyncClient) -> Findings:
    url = settings.public_base_url
    if url is None:
        says = "empty: Twilio's reports of failed deliveries are not asked for, and signatures depend on the proxy"
        yield warning("public_url", says, "PUBLIC_BASE_URL, the https:// address that Twilio calls")
        return
    yield _address(url, settings)
    try:
        response = await http.get(f"{url}/", timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        fix = "start python -m api; then DNS, certificate and proxy of PUBLIC_BASE_URL"
        yield problem("public_url.reachable", f"{url} does not answer: {type(error).__name__}", fix)
        yield not_checked("public_url.signature", "PUBLIC_BASE_URL does not answer")
        return
    if not _is_ours(response):
        fix = "PUBLIC_BASE_URL, or where its proxy leads: GET / must give the gateway's name"
        yield problem("public_url.reachable", f"something else answers at {url} ({response.status_code})", fix)
        yield not_checked("public_url.signature", "PUBLIC_BASE_URL leads elsewhere")
        return
    yield ok("public_url.reachable", f"the gateway answers at {url}")
    if clock := _clock(response):
        yield clock
    yield await _core_secret(url, settings, http)
    if settings.twilio_account_sid:
        yield await _signature(url, settings, http)
        yield await _status_reports(url, settings, http)
    if settings.photon_base_url:
        yield await _imessage(settings, http)


def _address(url: str, settings: Settings) -> Finding:
    name, parts = "public_url", urlsplit(url)
    is_local, fix = parts.hostname in _LOCAL, "PUBLIC_BASE_URL, the https:// address that Twilio calls"
    if is_local and settings.twilio_account_sid and is_twilio(settings.twilio_api_base_url):
        says = "leads to this machine, where Twilio cannot call: each prompt is refused (21609)"
        return problem(name, says, fix)
    if parts.scheme == "http" and not is_local:
        says = "http: what owners write, and the gateway's secrets, pass in clear; a redirect to https breaks webhooks"
        return warning(name, says, fix)
    return ok(name, "https" if parts.scheme == "https" else "http, on this machine")


def _is_ours(response: httpx.Response) -> bool:
    try:
        return bool(response.json() == _OURS)
    except ValueError:
        return False


def _clock(response: httpx.Response) -> Finding | None:
    try:
        ahead = parsedate_to_datetime(response.headers.get("Date", "")) - datetime.now(UTC)
    except ValueError:
        return None
    if abs(ahead) <= _MOST_AHEAD:
        return ok("public_url.clock", "agrees with ours")
    says = f"differs from ours by {ahead.total_seconds():+.0f} s: deadlines and signatures suffer"
    return warning("public_url.clock", says, "run a time service (chrony) on both machines")


async def _core_secret(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    """Ask for a candidate that never was: 404, or 401 if the edge has another secret."""
    name, headers = "public_url.core_secret", {"Authorization": f"Bearer {settings.core_secrets[0]}"}
    status = await _status(http, "GET", f"{url}/candidate/doctor_{uuid4().hex}", headers)
    if status == _NOT_FOUND:
        return ok(name, "the edge takes WEBHOOK_SIGNING_SECRET")
    if status == _UNAUTHORIZED:
        fix = "give all processes the same WEBHOOK_SIGNING_SECRET, and restart them"
        return problem(name, "the edge refuses our WEBHOOK_SIGNING_SECRET (401)", fix)
    return problem(name, f"GET /candidate/… answers {status}", "see the log of python -m api; 503: Temporal is away")


async def _signature(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, target = "public_url.signature", f"{url}/webhooks/whatsapp"
    right = await _signed(http, target, settings.twilio_tokens[0])
    wrong = await _signed(http, target, uuid4().hex)
    if right == "200" and wrong == str(_FORBIDDEN):
        return ok(name, "the edge takes what Twilio signs, and refuses what another signs")
    if right == str(_FORBIDDEN):
        fix = (
            "give the api this PUBLIC_BASE_URL and TWILIO_AUTH_TOKEN, and restart it; if its PUBLIC_BASE_URL is empty,"
            " FORWARDED_ALLOW_IPS must hold the proxy's address, and the proxy keep Host and set X-Forwarded-Proto"
        )
        return problem(name, "the edge refuses what Twilio signs over PUBLIC_BASE_URL (403)", fix)
    fix = "let the proxy hand POST /webhooks/whatsapp on as it is: no redirect, no other body"
    return problem(
        name, f"POST /webhooks/whatsapp: signed {right}, wrongly signed {wrong}; 200 and 403 are right", fix
    )


async def _status_reports(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    status = await _signed(http, f"{url}/webhooks/whatsapp/status/doctor/1-1", settings.twilio_tokens[0])
    if status == "204":
        return ok("public_url.reports", "Twilio's reports of deliveries arrive")
    fix = "let the proxy hand on /webhooks/whatsapp/status/… too; a 403 as for public_url.signature"
    return problem("public_url.reports", f"a report of a delivery is answered {status}, not 204", fix)


async def _signed(http: httpx.AsyncClient, url: str, token: str) -> str:
    headers = {"X-Twilio-Signature": signature(url, _FORM, token)}
    return str(await _status(http, "POST", url, headers, data=_FORM))


async def _imessage(settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, event = "public_url.imessage", {"event": "doctor", "message": {"isGroupChat": True}}
    headers = {"Authorization": f"Bearer {settings.photon_secrets[0]}"}
    status = await _status(http, "POST", settings.imessage_webhook_url, headers, json=event)
    if status == httpx.codes.OK:
        return ok(name, "the edge takes what the sidecar sends")
    fix = "give all processes the same PHOTON_WEBHOOK_SECRET; let the proxy hand on /webhooks/imessage"
    return problem(name, f"POST /webhooks/imessage answers {status}", fix)


async def _status(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    **body: Any,
) -> int | str:
    """Give the answer's status, or why there is none."""
    try:
        request = http.build_request(method, url, headers=dict(headers), timeout=_TIMEOUT, **body)
        return (await http.send(request, follow_redirects=False)).status_code
    except httpx.HTTPError as error:
        return type(error).__name__
