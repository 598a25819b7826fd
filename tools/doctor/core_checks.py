"""Core's webhook. The contract has no ping, so the doctor posts there only on demand.

OPTIONS has no effect by HTTP's rules, and shows whether anything answers. Only a decision shows
whether core accepts our signature: on demand, the doctor sends `expired`, after which core posts
nothing, for a made-up candidate.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from adapters.config.settings import Settings
from adapters.core import CoreDecisions
from adapters.http.proxies import is_private
from domain.decision import SYSTEM_TIMEOUT, Decision, Outcome
from domain.errors import CallbackError
from tools.doctor.findings import HTTP_TIMEOUT, Finding, Findings, not_checked, ok, problem, warning

_ANSWERED_WITHIN = timedelta(seconds=5)
_NOT_FOUND = 404
_SECRETS = "set CORE_DECISION_WEBHOOK_SIGNING_SECRET and …_SIGNING_KEY to core's; compare the clocks of both machines"


async def check(settings: Settings, http: httpx.AsyncClient, *, posting: bool) -> Findings:
    parts = urlsplit(settings.core_decision_webhook)
    if parts.scheme == "http" and not is_private(parts.hostname or ""):
        yield warning("core.tls", "decisions go to core unencrypted", "use https:// in CORE_DECISION_WEBHOOK")
    if not (settings.core_decision_webhook_signing_secret or settings.signing_keys):
        says = "decisions carry neither a secret nor a signature: anybody can send core one"
        yield warning("core.signature", says, "set the same CORE_DECISION_WEBHOOK_SIGNING_KEY here and at core")
    yield await _reachable(settings, http)
    if posting:
        yield await _accepts(settings, http)
    else:
        why = "only a decision shows whether core accepts our signature"
        yield not_checked("core.accepts", why, "run with --post-to-core, which posts `expired` for a made-up candidate")


async def _reachable(settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, fix = "core.reachable", "check CORE_DECISION_WEBHOOK, and DNS, firewall and certificate on the way"
    try:
        response = await http.request("OPTIONS", settings.core_decision_webhook, timeout=HTTP_TIMEOUT)
    except httpx.HTTPError as error:
        return problem(name, f"CORE_DECISION_WEBHOOK does not answer: {type(error).__name__}", fix)
    status = response.status_code
    if response.is_redirect:
        says = f"CORE_DECISION_WEBHOOK redirects ({status}); the gateway does not follow redirects, and parks decisions"
        return problem(name, says, "set CORE_DECISION_WEBHOOK to the redirect's target")
    if response.is_server_error or status == _NOT_FOUND:
        return warning(name, f"CORE_DECISION_WEBHOOK answers OPTIONS with {status}", fix)
    return ok(name, f"answers (OPTIONS: {status}); nothing was posted")


async def _accepts(settings: Settings, http: httpx.AsyncClient) -> Finding:
    core = CoreDecisions(
        http,
        settings.core_decision_webhook,
        settings.core_decision_webhook_signing_secret.get_secret_value(),
        settings.signing_keys,
        answered_within=_ANSWERED_WITHIN,
    )
    candidate_id = f"doctor_{uuid4().hex}"
    nothing = Decision(Outcome.EXPIRED, None, SYSTEM_TIMEOUT, datetime.now(UTC), timedelta(0))
    try:
        await core.deliver(candidate_id, nothing)
    except CallbackError as error:
        answer = str(error)
        if answer.endswith((" 404", " 410", " 422")):
            says = f"{answer} for {candidate_id}: core does not know it, as expected, or the path is wrong"
            return warning("core.accepts", says, "check in core's log that it accepted the signature")
        if answer.endswith((" 401", " 403")):
            return problem("core.accepts", f"{answer}: it refuses our secret or signature", _SECRETS)
        return problem("core.accepts", f"{answer}, posted {candidate_id}", "see core's log")
    return ok("core.accepts", f"accepted the decision `expired` for {candidate_id}, a made-up candidate")
