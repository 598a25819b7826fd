"""Answers of the edge, or of the proxy before it, with the reason where they give one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tools.doctor.findings import HTTP_TIMEOUT, Finding, problem

_FIXES: Mapping[int | str, str] = {
    429: "wait as long as Retry-After says; if it persists, raise CLIENT_REQUESTS_PER_MIN, and see public_url.proxy",
    503: "see temporal.connection, and the logs of python -m api and of the proxy",
}
"""For statuses that say nothing about what was asked."""


@dataclass(frozen=True)
class EdgeAnswer:
    """`status` is the error's name where nothing answered."""

    status: int | str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.status}: {self.detail}" if self.detail else str(self.status)


async def ask(http: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], **body: Any) -> EdgeAnswer:
    try:
        request = http.build_request(method, url, headers=dict(headers), timeout=HTTP_TIMEOUT, **body)
        return answered(await http.send(request, follow_redirects=False))
    except httpx.HTTPError as error:
        return EdgeAnswer(type(error).__name__)


def answered(response: httpx.Response) -> EdgeAnswer:
    """Returns the status, and the reason of a refusal by the gateway or by its nginx."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    return EdgeAnswer(response.status_code, detail if isinstance(detail, str) else "")


def unexpected(check: str, says: str, answer: EdgeAnswer, fix: str) -> Finding:
    """Returns the problem of an answer that is not the right one."""
    return problem(check, says, _FIXES.get(answer.status, fix))
