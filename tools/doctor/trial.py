"""A test candidate, through the running edge to an owner's phone."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from adapters.config.settings import Settings
from domain.identifiers import approval_workflow_id
from tools.doctor.findings import Finding, Findings, ok, problem, warning

BRAND = "doctor_test"
_TEXT = "This is a test of the approval gateway. There is no such post: answer as you like."
_DEADLINE = timedelta(minutes=15)
_DECIDED_WITHIN = timedelta(minutes=1)
"""After its deadline, if a worker runs."""

_OPEN = {"new", "prompted"}
_TIMEOUT = httpx.Timeout(15)
_PAUSE_SEC = 1


async def trial(settings: Settings, http: httpx.AsyncClient, brand_id: str, *, waiting: bool) -> Findings:
    """Sends a test candidate. Core receives its decision, for an id that it does not know."""
    url = settings.public_base_url or settings.local_url
    headers = {"Authorization": f"Bearer {settings.core_secrets[0]}"}
    candidate_id = f"doctor_test_{uuid4().hex[:8]}"
    try:
        candidate = _candidate(candidate_id, brand_id)
        answer = await http.post(f"{url}/candidate", json=candidate, headers=headers, timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        yield problem("test.accepted", f"the edge does not answer: {type(error).__name__}", "see public_url")
        return
    if answer.status_code != httpx.codes.ACCEPTED:
        yield _refused(answer, brand_id)
        return
    where = f"GET /candidate/{candidate_id}, or workflow {approval_workflow_id(candidate_id)} in Temporal's UI"
    yield ok("test.accepted", f"{candidate_id} on {', '.join(answer.json()['channels'])}; see {where}")
    if waiting:
        state = await _decided(http, f"{url}/candidate/{candidate_id}", headers)
        if state in {"approved", "edited", "rejected"}:
            yield ok("test.decision", f"{candidate_id} is {state}")
        else:
            fix = "see the phone, the worker's log and the workflow in Temporal's UI"
            why = "its deadline has passed" if state in _OPEN else "nobody answered in time"
            yield warning("test.decision", f"{candidate_id} is {state}: {why}", fix)


def _refused(answer: httpx.Response, brand_id: str) -> Finding:
    says = f"the edge answers {answer.status_code}"
    if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return problem("test.accepted", says, "see public_url")
    with suppress(ValueError, KeyError, TypeError):
        says += f" for the brand {brand_id}: {answer.json()['detail']}"
    fix = "set OWNER_WA_NUMBER or PHOTON_TO, or use --send-test BRAND with a brand that has owners in BRANDS_FILE"
    return problem("test.accepted", says, fix)


def _candidate(candidate_id: str, brand_id: str) -> dict[str, Any]:
    return {
        "id": candidate_id,
        "brand_id": brand_id,
        "platform": "x",
        "source_ref": "doctor",
        "proposed_text": _TEXT,
        "persona": "normal",
        "context_url": "https://example.com/test",
        "risk_flags": ["a test"],
        "deadline_sec": int(_DEADLINE.total_seconds()),
    }


async def _decided(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> str:
    """Polls until it is decided, at its deadline at the latest; a brand's rules may move that."""
    state, deadline = "new", datetime.now(UTC) + _DEADLINE
    while state in _OPEN and datetime.now(UTC) < deadline + _DECIDED_WITHIN:
        await asyncio.sleep(_PAUSE_SEC)
        with suppress(httpx.HTTPError):
            answer = await http.get(url, headers=headers, timeout=_TIMEOUT)
            if answer.is_success:
                candidate = answer.json()
                state, deadline = candidate["state"], datetime.fromisoformat(candidate["deadline"])
    return state
