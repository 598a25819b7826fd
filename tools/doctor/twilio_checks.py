"""Twilio: the account, the sender, its webhook, and the messages with buttons."""

import asyncio
from urllib.parse import urldefrag

import httpx

from adapters.config.settings import Settings
from adapters.twilio.account import read_account
from adapters.twilio.content_api import TwilioContents
from adapters.twilio.rest import TwilioRest, TwilioRestError
from adapters.twilio.senders import OVERRIDES, PATH, Sender, TwilioSenders
from domain.sending.content_kinds import ContentKind
from tools.doctor.content_checks import CHECKS, check_content
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning

SANDBOX = "whatsapp:+14155238886"
_ONLINE = {"ONLINE", "ONLINE:UPDATING"}
_UNAUTHORIZED = 401
_SENDERS = "Twilio's console, Messaging, Senders, WhatsApp senders"


async def check(settings: Settings, http: httpx.AsyncClient) -> Findings:
    sid, sender = settings.twilio_account_sid, settings.twilio_wa_number
    if not (sid and sender):
        yield not_checked("twilio.account", "WhatsApp is off: TWILIO_ACCOUNT_SID is empty")
        return
    callers = [TwilioRest(http, settings.twilio_api_base_url, sid, token) for token in settings.twilio_tokens]
    answers = [await _account(rest) for rest in callers]
    let_in = next((n for n, answer in enumerate(answers) if not isinstance(answer, TwilioRestError)), None)
    for number, answer in enumerate(answers, start=1):
        if isinstance(answer, TwilioRestError):
            yield _refused(number, answer, another_works=let_in is not None)
    if let_in is None:
        for name in ("twilio.sender", *CHECKS.values()):
            yield not_checked(name, "Twilio accepts no token")
        return
    account, rest = answers[let_in], callers[let_in]
    assert isinstance(account, Finding)
    yield account
    async for finding in _sender(TwilioSenders(rest), sender, settings):
        yield finding
    contents, sids = TwilioContents(rest), settings.content_sids
    for finding in await asyncio.gather(*(check_content(contents, kind, sids.get(kind)) for kind in ContentKind)):
        yield finding


async def _account(rest: TwilioRest) -> Finding | TwilioRestError:
    try:
        account = await read_account(rest)
    except TwilioRestError as error:
        return error
    if account.status != "active":
        says = f"the account is {account.status}"
        return problem("twilio.account", says, "see Twilio's console, which says why and what to do")
    if account.type == "Trial":
        fix = "upgrade the account in Twilio's console"
        return warning("twilio.account", "this is a trial account, which sends to verified numbers only", fix)
    return ok("twilio.account", "active")


def _refused(number: int, error: TwilioRestError, *, another_works: bool) -> Finding:
    """Returns the finding for a refused token; during a rotation, one may be refused."""
    if error.status != _UNAUTHORIZED:
        fix = "let this machine reach TWILIO_API_BASE_URL; see https://status.twilio.com"
        return problem("twilio.token", f"Twilio {error}", fix)
    says = f"Twilio refuses token {number} of TWILIO_AUTH_TOKEN ({error})"
    if another_works:
        return warning("twilio.token", f"{says}, but accepts another", "remove it from the list after the rotation")
    fix = "copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from the account's page in Twilio's console"
    return problem("twilio.token", says, fix)


async def _sender(senders: TwilioSenders, address: str, settings: Settings) -> Findings:
    try:
        sender = await senders.find(address)
    except TwilioRestError as error:
        yield not_checked("twilio.sender", f"Twilio's Senders API {error}")
        return
    if address == SANDBOX and (sender is None or sender.status not in _ONLINE):
        says = "TWILIO_WA_NUMBER is Twilio's sandbox: it reaches only people who joined within three days"
        yield warning("twilio.sender", says, "use a sender of your own; the sandbox's webhook is set on its own page")
        return
    if sender is None:
        says = "TWILIO_WA_NUMBER is not a WhatsApp sender of this account: Twilio refuses each prompt (63007)"
        yield problem("twilio.sender", says, f"set TWILIO_WA_NUMBER to a sender in {_SENDERS}")
    elif sender.status not in _ONLINE:
        yield problem("twilio.sender", f"its status is {sender.status}", f"see {_SENDERS}")
    else:
        yield ok("twilio.sender", "a WhatsApp sender of this account, online")
    if sender and settings.public_base_url:
        yield _webhook(sender, f"{settings.public_base_url}{PATH}")


def _webhook(sender: Sender, ours: str) -> Finding:
    name, webhook = "twilio.webhook", sender.webhook
    fix = f"run python -m tools.setup_twilio, or set it to {ours}{OVERRIDES}, POST, in {_SENDERS} (docs/twilio.md)"
    if not webhook.url:
        says = "the sender has no webhook: unless its Messaging Service has one, owners' answers do not arrive"
        return warning(name, says, fix)
    url, fragment = urldefrag(webhook.url)
    if url != ours or webhook.method != "POST":
        return problem(name, "the sender's webhook is not PUBLIC_BASE_URL/webhooks/whatsapp by POST", fix)
    if not fragment and not webhook.fallback:
        says = "it is ours, but has no connection overrides or fallback: answers during an outage are lost"
        return warning(name, says, fix)
    return ok(name, "the sender's webhook is ours")
