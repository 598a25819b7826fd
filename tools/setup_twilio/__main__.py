"""`python -m tools.setup_twilio`: prepares a Twilio account for the gateway; harmless to repeat.

    python -m tools.setup_twilio [--check]

Creates the messages with buttons in docs/whatsapp that the account lacks, submits the two templates
to WhatsApp for approval, sets the sender's webhook and its fallback to PUBLIC_BASE_URL, and prints
the settings for the contents. The exit code is 1 if something is missing, refused or rejected, 2 if
the settings are wrong.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import httpx

from adapters.config.settings import Settings, load
from adapters.http import client as http_client
from adapters.twilio.account import read_account
from adapters.twilio.content_api import TwilioContents
from adapters.twilio.rest import TwilioRest, TwilioRestError
from adapters.twilio.senders import TwilioSenders
from tools.setup_twilio import contents, webhook
from tools.setup_twilio.report import Report

_SETTINGS_WRONG = 2
_UNAUTHORIZED = 401


async def main(arguments: Sequence[str]) -> int:
    only_reads = _options(arguments).check
    settings = load()
    if not (settings.twilio_account_sid and settings.twilio_wa_number):
        print("WhatsApp is off: TWILIO_ACCOUNT_SID is empty", file=sys.stderr)
        return _SETTINGS_WRONG
    async with http_client.client() as http:
        try:
            rest = await _let_in(settings, settings.twilio_account_sid, http)
            made = await contents.set_up(TwilioContents(rest), only_reads=only_reads)
        except TwilioRestError as error:
            print(f"Nothing was done: Twilio {error}", file=sys.stderr)
            return 1
        called = await webhook.set_up(
            TwilioSenders(rest), settings.twilio_wa_number, settings.public_base_url, only_reads=only_reads
        )
    reports = [*(outcome.report for outcome in made), called]
    _print(reports, [outcome.setting for outcome in made if outcome.setting])
    return 0 if all(report.is_right for report in reports) else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.setup_twilio",
        description="Create Twilio's contents, submit the templates for approval, set the sender's webhook. "
        "For the webhook it uses Twilio's Senders API, a public beta, which may change.",
    )
    parser.add_argument("--check", action="store_true", help="only report what is missing; change nothing")
    return parser.parse_args(arguments)


async def _let_in(settings: Settings, account_sid: str, http: httpx.AsyncClient) -> TwilioRest:
    """Returns a client with a token that Twilio accepts; during a rotation it may refuse one."""
    callers = [TwilioRest(http, settings.twilio_api_base_url, account_sid, token) for token in settings.twilio_tokens]
    for rest in callers[:-1]:
        try:
            await read_account(rest)
        except TwilioRestError as error:
            if error.status != _UNAUTHORIZED:
                raise
        else:
            return rest
    return callers[-1]


def _print(reports: Sequence[Report], settings: Sequence[str]) -> None:
    width = max(len(report.subject) for report in reports)
    for report in reports:
        print(f"{report.subject:<{width}}  {report.says}")
    if settings:
        print("", "Settings for the api and the worker:", *settings, sep="\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
