"""Core's webhook. The contract knows no ping, so nothing is posted there unless it is asked for.

OPTIONS has no effect by HTTP's own rules, and shows whether anything answers. Whether core takes our signature is
only known once it has been sent a decision: on demand, `expired`, by which nothing is posted, for a made-up candidate.
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
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning

_TIMEOUT = httpx.Timeout(4)
_ANSWERED_WITHIN = timedelta(seconds=5)
_NOT_FOUND = 404
_SECRETS = "CORE_DECISION_WEBHOOK_SIGNING_SECRET and …_SIGNING_KEY, as core has them; and the clocks of both machines"


async def check(settings: Settings, http: httpx.AsyncClient, *, posting: bool) -> Findings:
    parts = urlsplit(settings.core_decision_webhook)
    if parts.scheme == "http" and not is_private(parts.hostname or ""):
        yield warning("core.tls", "decisions go to core in clear", "https:// in CORE_DECISION_WEBHOOK")
    if not (settings.core_decision_webhook_signing_secret or settings.signing_keys):
        says = "decisions carry neither a secret nor a signature: anybody can send core one"
        yield warning("core.signature", says, "CORE_DECISION_WEBHOOK_SIGNING_KEY, the same at core")
    yield await _reachable(settings, http)
    if posting:
        yield await _accepts(settings, http)
    else:
        why = "whether core takes our signature shows only when something is posted"
        yield not_checked("core.accepts", why, "--post-to-core: a decision `expired` for a candidate that never was")


async def _reachable(settings: Settings, http: httpx.AsyncClient) -> Finding:
    name, fix = "core.reachable", "CORE_DECISION_WEBHOOK, and what lies between: DNS, firewall, certificate"
    try:
        response = await http.request("OPTIONS", settings.core_decision_webhook, timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        return problem(name, f"CORE_DECISION_WEBHOOK does not answer: {type(error).__name__}", fix)
    status = response.status_code
    if response.is_redirect:
        says = f"CORE_DECISION_WEBHOOK redirects ({status}), and decisions do not follow: they would be parked"
        return problem(name, says, "set CORE_DECISION_WEBHOOK to where it leads")
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
            says = f"{answer} for {candidate_id}: it does not know it, which is right, or the path is wrong"
            return warning("core.accepts", says, "see in core's log that it took the signature")
        if answer.endswith((" 401", " 403")):
            return problem("core.accepts", f"{answer}: it refuses our secret or signature", _SECRETS)
        return problem("core.accepts", f"{answer}, posted {candidate_id}", "see core's log")
    return ok("core.accepts", f"took the decision `expired` for {candidate_id}, a candidate that never was")
