"""Twilio: the account, the sender with its webhook, and the template that the prompts are sent by."""

import re
from datetime import UTC, datetime
from urllib.parse import urldefrag

import httpx

from adapters.config.settings import Settings
from adapters.twilio.account import Sender, Template, TwilioAccountReader, TwilioReadError
from domain.candidate import Candidate, Persona, Platform
from domain.conversation.grammar import read
from domain.conversation.requests import Decide
from domain.conversation.template import FIXED, excerpt_variables
from domain.conversation.wording import utf16_length
from domain.decision import Outcome
from tools.doctor.findings import Finding, Findings, not_checked, ok, problem, warning

SANDBOX = "whatsapp:+14155238886"
_ONLINE = {"ONLINE", "ONLINE:UPDATING"}
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_VARIABLE = re.compile(r"\{\{(\d+)\}\}")
_TEMPLATE = "twilio.template"
_SENDERS = "Twilio's console, Messaging, Senders, WhatsApp senders"
_TEMPLATES = "Twilio's console, Content Template Builder"
_EXAMPLE = Candidate(
    id="cr_1",
    brand_id="b_1",
    platform=Platform.X,
    source_ref="1",
    proposed_text="A draft.",
    persona=Persona.NORMAL,
    context_url="https://example.com",
    risk_flags=(),
    accepted_at=datetime.fromtimestamp(0, UTC),
    deadline=datetime.fromtimestamp(0, UTC),
    approvers=(),
)


async def check(settings: Settings, http: httpx.AsyncClient) -> Findings:
    sid, sender = settings.twilio_account_sid, settings.twilio_wa_number
    if not (sid and sender):
        yield not_checked("twilio.account", "WhatsApp is off: TWILIO_ACCOUNT_SID is empty")
        return
    readers = [TwilioAccountReader(http, settings.twilio_api_base_url, sid, token) for token in settings.twilio_tokens]
    answers = [await _account(reader) for reader in readers]
    let_in = next((n for n, answer in enumerate(answers) if not isinstance(answer, TwilioReadError)), None)
    for number, answer in enumerate(answers, start=1):
        if isinstance(answer, TwilioReadError):
            yield _refused(number, answer, another_works=let_in is not None)
    if let_in is None:
        yield not_checked("twilio.sender", "Twilio does not let us in")
        yield not_checked("twilio.template", "Twilio does not let us in")
        return
    account, reader = answers[let_in], readers[let_in]
    assert isinstance(account, Finding)
    yield account
    async for finding in _sender(reader, sender, settings):
        yield finding
    yield await _template(reader, settings.twilio_content_sid)


async def _account(reader: TwilioAccountReader) -> Finding | TwilioReadError:
    try:
        status, kind = await reader.status()
    except TwilioReadError as error:
        return error
    if status != "active":
        return problem("twilio.account", f"the account is {status}", "Twilio's console says why, and what to do")
    if kind == "Trial":
        mend = "upgrade the account in Twilio's console"
        return warning("twilio.account", "a trial account: it writes to verified numbers only", mend)
    return ok("twilio.account", "active")


def _refused(number: int, error: TwilioReadError, *, another_works: bool) -> Finding:
    """Say what came of a token: while tokens are rotated, one of them may open nothing."""
    if error.status != _UNAUTHORIZED:
        mend = "let this machine reach TWILIO_API_BASE_URL; see https://status.twilio.com"
        return problem("twilio.token", f"no account: {error}", mend)
    says = f"Twilio refuses token {number} of TWILIO_AUTH_TOKEN ({error})"
    if another_works:
        return warning("twilio.token", f"{says}, and takes another", "take it off the list when the rotation is over")
    mend = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: copy both from the account's page in Twilio's console"
    return problem("twilio.token", says, mend)


async def _sender(reader: TwilioAccountReader, address: str, settings: Settings) -> Findings:
    try:
        sender = await reader.sender(address)
    except TwilioReadError as error:
        yield not_checked("twilio.sender", f"Twilio's Senders API: {error}")
        return
    if address == SANDBOX and (sender is None or sender.status not in _ONLINE):
        says = "TWILIO_WA_NUMBER is Twilio's sandbox: it reaches who joined within three days, and nobody else"
        yield warning("twilio.sender", says, "a sender of your own; the sandbox's webhook is set on its own page")
        return
    if sender is None:
        says = "TWILIO_WA_NUMBER is no WhatsApp sender of this account: each prompt is refused (63007)"
        yield problem("twilio.sender", says, f"TWILIO_WA_NUMBER, as listed in {_SENDERS}")
    elif sender.status not in _ONLINE:
        yield problem("twilio.sender", f"its status is {sender.status}", f"see {_SENDERS}")
    else:
        yield ok("twilio.sender", "a WhatsApp sender of this account, online")
    if sender and settings.public_base_url:
        yield _webhook(sender, f"{settings.public_base_url}/webhooks/whatsapp")


def _webhook(sender: Sender, ours: str) -> Finding:
    name, mend = "twilio.webhook", f"set it to {ours}#rc=3&rp=5xx,ct,rt, POST, in {_SENDERS} (docs/twilio.md)"
    if not sender.webhook:
        says = "the sender has none: unless its Messaging Service has it, no answer of an owner arrives"
        return warning(name, says, mend)
    url, fragment = urldefrag(sender.webhook)
    if url != ours or sender.webhook_method != "POST":
        return problem(name, "the sender's webhook is not PUBLIC_BASE_URL/webhooks/whatsapp by POST", mend)
    if not fragment and not sender.fallback:
        says = "ours, without connection overrides or a fallback: an answer that meets an outage is lost"
        return warning(name, says, mend)
    return ok(name, "the sender's webhook is ours")


async def _template(reader: TwilioAccountReader, content_sid: str | None) -> Finding:
    if content_sid is None:
        says = "none: an owner who has not written for 24 hours gets no prompt"
        return warning(_TEMPLATE, says, "TWILIO_CONTENT_SID, of a template made from docs/whatsapp_template.json")
    try:
        template = await reader.template(content_sid)
    except TwilioReadError as error:
        if error.status == _NOT_FOUND:
            return problem(
                _TEMPLATE, "this account has no such template", f"TWILIO_CONTENT_SID, as listed in {_TEMPLATES}"
            )
        return not_checked(_TEMPLATE, f"Twilio's Content API: {error}")
    return _fitness(template)


def _fitness(template: Template) -> Finding:
    if template.approval != "approved":
        reason = f": {template.rejection_reason}" if template.rejection_reason else ""
        says = f"WhatsApp has not approved it, it is {template.approval}{reason}"
        mend = f"submit it, or a corrected one, in {_TEMPLATES}; unset TWILIO_CONTENT_SID until then"
        return problem(_TEMPLATE, says, mend)
    if misfit := _misfit(template):
        mend = "make one from docs/whatsapp_template.json, and set TWILIO_CONTENT_SID to its sid"
        return problem(_TEMPLATE, misfit, mend)
    if template.category != "UTILITY":
        says = f"approved as {template.category or 'nothing'}: WhatsApp may withhold what is no UTILITY"
        return warning(_TEMPLATE, says, "have it approved in the category UTILITY")
    return ok(_TEMPLATE, "approved, and as the gateway fills it")


def _misfit(template: Template) -> str | None:
    """Fill it as a prompt does, and see whether the buttons decide and the text leaves room."""
    values = {str(number): value for number, value in enumerate(excerpt_variables(_EXAMPLE), start=1)}
    if template.variables != values.keys():
        return f"its variables are {_names(template.variables)}, and the gateway fills {_names(values)} (63028)"
    taps = [read(_VARIABLE.sub(lambda found: values.get(found[1], ""), sent)) for sent in template.button_ids]
    verdicts = [tap.verdict.outcome if isinstance(tap, Decide) and tap.names == (_EXAMPLE.id,) else None for tap in taps]
    if not {Outcome.APPROVED, Outcome.REJECTED} <= set(verdicts) or None in verdicts:
        return "its buttons do not send approve {{3}} and skip {{3}}"
    if not {"2", "3"} <= set(_VARIABLE.findall(template.body)):
        return "its text shows not both the draft {{2}} and the id {{3}}"
    if utf16_length(_VARIABLE.sub("", template.body)) > FIXED:
        return f"its own text is longer than {FIXED}: long prompts would be refused (63021)"
    return None


def _names(variables: object) -> str:
    return ", ".join(sorted(variables, key=int)) if variables else "none"  # type: ignore[call-overload]
