"""`python -m tools.doctor`: checks settings, servers, providers and edge; says how to fix them.

    python -m tools.doctor [--json] [--post-to-core]
    python -m tools.doctor --send-test [BRAND] [--wait]

The exit code is 0 if there are no problems (there may be warnings), 1 if there are problems, 2 if
the settings are wrong, and nothing else was checked. It prints no secret.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from adapters.config.secret_settings import listed
from adapters.config.settings import Settings, SettingsError, read
from adapters.http import client as http_client
from adapters.http import proxies
from adapters.temporal import connection as temporal
from domain.identifiers import BRAND_ID
from tools.doctor import (
    core_checks,
    edge_checks,
    listeners,
    photon_checks,
    redis_checks,
    temporal_checks,
    trace_check,
    twilio_checks,
)
from tools.doctor.findings import Check, Finding, Health, document, examine, ok, problem, table, warning, without, worst
from tools.doctor.trial import BRAND, trial

_SETTINGS_WRONG = 2


async def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        settings = read(Settings)
    except SettingsError as error:
        _print([problem("settings", said, "see env.example") for said in error.problems], as_json=options.json)
        return _SETTINGS_WRONG
    findings = without(_secrets(settings), await _findings(settings, options))
    _print(findings, as_json=options.json)
    return 1 if worst(findings) is Health.PROBLEM else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.doctor", description="What is wrong, and how to fix it.")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--post-to-core", action="store_true", help="send core a decision `expired` for a made-up candidate"
    )
    parser.add_argument(
        "--send-test",
        nargs="?",
        const=BRAND,
        type=_brand,
        metavar="BRAND",
        help="ask the owners of a brand (default: those in the settings) about a test candidate",
    )
    parser.add_argument("--wait", action="store_true", help="with --send-test: wait for the owner's answer")
    options = parser.parse_args(arguments)
    if options.wait and not options.send_test:
        parser.error("--wait needs --send-test")
    return options


def _brand(text: str) -> str:
    if not re.fullmatch(BRAND_ID, text):
        raise argparse.ArgumentTypeError(f"not a brand id: {text}")
    return text


async def _findings(settings: Settings, options: argparse.Namespace) -> list[Finding]:
    async with http_client.client(sidecar=settings.photon_base_url) as http:
        findings = [
            _settings(settings),
            *_proxies(),
            *listeners.check(settings),
            *await examine(_checks(settings, http, posting=options.post_to_core)),
        ]
        if options.send_test:
            sent = trial(settings, http, options.send_test, waiting=options.wait)
            findings += [finding async for finding in sent]
    return findings


def _checks(settings: Settings, http: httpx.AsyncClient, *, posting: bool) -> Mapping[str, Check]:
    return {
        "temporal": lambda: temporal_checks.check(settings),
        "redis": lambda: redis_checks.check(settings),
        "twilio": lambda: twilio_checks.check(settings, http),
        "imessage": lambda: photon_checks.check(settings, http),
        "core": lambda: core_checks.check(settings, http, posting=posting),
        "public_url": lambda: edge_checks.check(settings, http),
        "traces": trace_check.check,
    }


def _settings(settings: Settings) -> Finding:
    if not settings.channels:
        fix = (
            "set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WA_NUMBER,"
            " or PHOTON_BASE_URL and PHOTON_WEBHOOK_SECRET"
        )
        return problem("settings", "no channel is on: the edge refuses every candidate (422)", fix)
    return ok("settings", f"valid; channels: {', '.join(settings.channels)}")


def _proxies() -> list[Finding]:
    if not (names := proxies.ignored()):
        return []
    says = f"the gateway ignores SOCKS proxies ({', '.join(names)}), and connects to public hosts directly"
    return [warning("settings.proxy", says, "set HTTPS_PROXY=http://host:port, or remove the SOCKS proxy")]


def _secrets(settings: Settings) -> list[str]:
    urls = [settings.public_base_url, settings.core_decision_webhook, settings.photon_base_url]
    passwords = [urlsplit(url).password for url in [*urls, settings.redis_url.get_secret_value()] if url]
    secrets = [secret for _, value in settings if isinstance(value, SecretStr) for secret in listed(value)]
    return [*secrets, *filter(None, passwords)]


def _print(findings: Sequence[Finding], *, as_json: bool) -> None:
    print(json.dumps(document(findings), indent=2, ensure_ascii=False) if as_json else table(findings))


async def _to_the_end(arguments: Sequence[str]) -> NoReturn:
    """Exits at once: a name server that does not answer would keep the loop from closing."""
    temporal.leave(await main(arguments))


if __name__ == "__main__":
    asyncio.run(_to_the_end(sys.argv[1:]))
