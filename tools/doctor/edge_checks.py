"""The edge at PUBLIC_BASE_URL: whether it is this gateway, and accepts the right secrets.

No request has an effect: a WhatsApp message without a sender, a status report without a message, an
event without a text.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from adapters.config.settings import Settings
from adapters.twilio.rest import is_twilio
from adapters.twilio.webhooks import signature
from tools.doctor import proxy_check
from tools.doctor.edge_answers import EdgeAnswer, answered, ask, unexpected
from tools.doctor.findings import HTTP_TIMEOUT, Finding, Findings, not_checked, ok, problem, warning

_MOST_AHEAD = timedelta(seconds=5)
_OURS = {"service": "brandpilot-approval-gateway", "status": "ok"}
_OK, _NO_CONTENT, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 204, 401, 403, 404
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_FORM = {"MessageStatus": "", "SmsStatus": "doctor"}
"""Without From and MessageSid, the edge ignores it once the signature has passed."""


async def check(settings: Settings, http: httpx.AsyncClient) -> Findings:
    url = settings.public_base_url
    if url is None:
        says = "PUBLIC_BASE_URL is empty: Twilio sends no status reports, and signatures depend on the proxy"
        yield warning("public_url", says, "set PUBLIC_BASE_URL to the https:// address that Twilio calls")
        return
    yield _address(url, settings)
    try:
        response = await http.get(f"{url}/", timeout=HTTP_TIMEOUT)
    except httpx.HTTPError as error:
        fix = "start python -m api; then check DNS, certificate and proxy of PUBLIC_BASE_URL"
        yield problem("public_url.reachable", f"{url} does not answer: {type(error).__name__}", fix)
        yield not_checked("public_url.signature", "PUBLIC_BASE_URL does not answer")
        return
    if not _is_ours(response):
        fix = "correct PUBLIC_BASE_URL, or where its proxy leads: GET / must return the gateway's name"
        says = f"something else answers at {url}: {answered(response)}"
        yield problem("public_url.reachable", says, fix)
        yield not_checked("public_url.signature", "something else answers at PUBLIC_BASE_URL")
        return
    yield ok("public_url.reachable", f"the gateway answers at {url}")
    if clock := _clock(response):
        yield clock
    yield await proxy_check.check(url, settings.core_secrets[0], http)
    yield await _core_secret(url, settings, http)
    if settings.twilio_account_sid:
        yield await _signature(url, settings, http)
        yield await _status_reports(url, settings, http)
    if settings.photon_base_url:
        yield await _imessage(settings, http)


def _address(url: str, settings: Settings) -> Finding:
    name, parts = "public_url", urlsplit(url)
    is_local, fix = parts.hostname in _LOCAL, "set PUBLIC_BASE_URL to the https:// address that Twilio calls"
    if is_local and settings.twilio_account_sid and is_twilio(settings.twilio_api_base_url):
        says = "it leads to this machine, which Twilio cannot reach: Twilio refuses each prompt (21609)"
        return problem(name, says, fix)
    if parts.scheme == "http" and not is_local:
        says = "it is http://, so messages and secrets travel unencrypted; a redirect to https would break webhooks"
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
        return ok("public_url.clock", "agrees with this machine's clock")
    says = f"differs from this machine's clock by {ahead.total_seconds():+.0f} s: deadlines and signatures can be wrong"
    return warning("public_url.clock", says, "run a time service (chrony) on both machines")


async def _core_secret(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    """Asks for a candidate that does not exist: 404, or 401 if the edge has another secret."""
    name, headers = "public_url.core_secret", {"Authorization": f"Bearer {settings.core_secrets[0]}"}
    answer = await ask(http, "GET", f"{url}/candidate/doctor_{uuid4().hex}", headers)
    if answer.status == _NOT_FOUND:
        return ok(name, "the edge accepts WEBHOOK_SIGNING_SECRET")
    if answer.status == _UNAUTHORIZED:
        fix = "give all processes the same WEBHOOK_SIGNING_SECRET, and restart them"
        return problem(name, "the edge refuses our WEBHOOK_SIGNING_SECRET (401)", fix)
    return unexpected(name, f"GET /candidate/… answers {answer}", answer, "see the log of python -m api")


async def _signature(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, target = "public_url.signature", f"{url}/webhooks/whatsapp"
    right = await _signed(http, target, settings.twilio_tokens[0])
    if right.status == _FORBIDDEN:
        fix = (
            "give the api this PUBLIC_BASE_URL and TWILIO_AUTH_TOKEN, and restart it; if its PUBLIC_BASE_URL is empty,"
            " FORWARDED_ALLOW_IPS must name the proxy, and the proxy must keep Host and set X-Forwarded-Proto"
        )
        return problem(name, "the edge refuses what Twilio signs over PUBLIC_BASE_URL (403)", fix)
    wrong = await _signed(http, target, uuid4().hex)
    if right.status == _OK and wrong.status == _FORBIDDEN:
        return ok(name, "the edge accepts Twilio's signature, and refuses a wrong one")
    fix = "let the proxy forward POST /webhooks/whatsapp unchanged, without a redirect"
    says = f"POST /webhooks/whatsapp: signed {right}, wrongly signed {wrong}; 200 and 403 are right"
    return unexpected(name, says, wrong if right.status == _OK else right, fix)


async def _status_reports(url: str, settings: Settings, http: httpx.AsyncClient) -> Finding:
    name = "public_url.reports"
    answer = await _signed(http, f"{url}/webhooks/whatsapp/status/doctor/1-1", settings.twilio_tokens[0])
    if answer.status == _NO_CONTENT:
        return ok(name, "the edge accepts Twilio's status reports")
    fix = "let the proxy forward /webhooks/whatsapp/status/… too; for a 403, see public_url.signature"
    return unexpected(name, f"a status report must be answered with 204; the edge answers {answer}", answer, fix)


async def _signed(http: httpx.AsyncClient, url: str, token: str) -> EdgeAnswer:
    headers = {"X-Twilio-Signature": signature(url, _FORM, token)}
    return await ask(http, "POST", url, headers, data=_FORM)


async def _imessage(settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, event = "public_url.imessage", {"event": "doctor", "message": {"isGroupChat": True}}
    headers = {"Authorization": f"Bearer {settings.photon_secrets[0]}"}
    answer = await ask(http, "POST", settings.imessage_webhook_url, headers, json=event)
    if answer.status == _OK:
        return ok(name, "the edge accepts the sidecar's events")
    fix = "give all processes the same PHOTON_WEBHOOK_SECRET; let the proxy forward /webhooks/imessage"
    return unexpected(name, f"POST /webhooks/imessage answers {answer}", answer, fix)
