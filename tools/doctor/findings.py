"""Findings, and how checks run: side by side, each for seconds at most, and none hides another."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import httpx

LONGEST_CHECK_SEC = 10
"""For all requests to one server; each single one has less."""

LONGEST_REQUEST = timedelta(seconds=5)
"""For one request to Temporal."""

HTTP_TIMEOUT = httpx.Timeout(4)
"""For one request to the edge, the sidecar or core."""


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """`says` is a plain statement; `fix` begins with a verb and tells the operator what to do."""

    check: str
    health: Health
    says: str
    fix: str = ""


def ok(check: str, says: str) -> Finding:
    return Finding(check, Health.OK, says)


def warning(check: str, says: str, fix: str) -> Finding:
    return Finding(check, Health.WARNING, says, fix)


def problem(check: str, says: str, fix: str) -> Finding:
    return Finding(check, Health.PROBLEM, says, fix)


def not_checked(check: str, why: str, fix: str = "") -> Finding:
    return Finding(check, Health.NOT_CHECKED, why, fix)


Findings = AsyncIterator[Finding]
Check = Callable[[], Findings]


async def examine(checks: Mapping[str, Check]) -> list[Finding]:
    """Runs all checks at once; keeps what a check found before its time was up."""
    found = await asyncio.gather(*(_run(name, check) for name, check in checks.items()))
    return [finding for findings in found for finding in findings]


async def _run(name: str, check: Check) -> list[Finding]:
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(LONGEST_CHECK_SEC):
            async with aclosing(check()) as found:  # type: ignore[type-var]  # each is an asynchronous generator
                async for finding in found:
                    findings.append(finding)  # noqa: PERF401  # findings from before a time-out are kept
    except TimeoutError:
        says = f"no answer within {LONGEST_CHECK_SEC} s"
        findings.append(problem(name, says, "check whether a firewall drops packets on the way"))
    except Exception as error:  # noqa: BLE001  # one check that breaks must not hide the others
        # Its message could contain an address or a secret.
        findings.append(problem(name, f"the check itself failed: {type(error).__name__}", "report this as a bug"))
    return findings


def worst(findings: Sequence[Finding]) -> Health:
    """Returns the overall health; a check that was not made does not count against it."""
    found = {finding.health for finding in findings}
    return next((health for health in (Health.PROBLEM, Health.WARNING) if health in found), Health.OK)


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Returns what --json prints."""
    return {"health": worst(findings), "findings": [asdict(finding) for finding in findings]}


def table(findings: Sequence[Finding]) -> str:
    """Returns a line for each finding, with its fix below."""
    width = max(len(finding.check) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.health:<11}  {finding.check:<{width}}  {finding.says}")
        if finding.fix:
            lines.append(f"{'':<11}  {'':<{width}}  -> {finding.fix}")
    counts = Counter(finding.health for finding in findings)
    return "\n".join([*lines, "", ", ".join(f"{health}: {counts[health]}" for health in Health)])


def without(secrets: Sequence[str], findings: Sequence[Finding]) -> list[Finding]:
    """Masks secrets, which a server may have repeated."""
    return [
        replace(finding, says=_masked(secrets, finding.says), fix=_masked(secrets, finding.fix)) for finding in findings
    ]


def _masked(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
