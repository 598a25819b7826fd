"""Twilio's contents (messages with buttons): whether they exist, are approved, and fit."""

import re

from adapters.config.settings import content_sid_setting
from adapters.twilio.content_api import TemplateApproval, TwilioContent, TwilioContents, definition
from adapters.twilio.rest import TwilioRestError
from domain.sending.content_kinds import LONGEST_FIXED, ContentKind
from domain.writing.wording import utf16_length
from tools.doctor.findings import Finding, not_checked, ok, problem, warning

CHECKS = {
    ContentKind.WHOLE: "twilio.template",
    ContentKind.CUT: "twilio.cut_template",
    ContentKind.SESSION: "twilio.session_content",
    ContentKind.BUTTONS: "twilio.buttons_content",
}
_WITHOUT = {
    ContentKind.WHOLE: "an owner who has not written for 24 hours gets no prompt",
    ContentKind.CUT: "a long prompt outside the 24 hours has no button that shows all of it",
    ContentKind.SESSION: "a short prompt within the 24 hours has no buttons",
    ContentKind.BUTTONS: "a longer prompt within the 24 hours has no buttons",
}
_NOT_FOUND = 404
_VARIABLE = re.compile(r"\{\{(\d+)\}\}")
_SETUP = "python -m tools.setup_twilio"
_TEMPLATES = "Twilio's console, Content Template Builder"


async def check_content(contents: TwilioContents, kind: ContentKind, sid: str | None) -> Finding:
    name, setting = CHECKS[kind], content_sid_setting(kind)
    if sid is None:
        return warning(name, f"none is set: {_WITHOUT[kind]}", f"set {setting} to the sid that {_SETUP} prints")
    try:
        content = await contents.fetch(sid)
        approval = await contents.approval(sid) if kind.is_template else None
    except TwilioRestError as error:
        if error.status == _NOT_FOUND:
            return problem(name, "this account has no such content", f"set {setting} to the sid that {_SETUP} prints")
        return not_checked(name, f"Twilio's Content API {error}")
    if misfit := _misfit(kind, content):
        return problem(name, misfit, f"run {_SETUP}, which creates a new one; then set {setting} to its sid")
    return _approved(name, setting, approval) if approval else ok(name, "fits the gateway")


def _approved(name: str, setting: str, approval: TemplateApproval) -> Finding:
    if approval.status != "approved":
        reason = f": {approval.rejection_reason}" if approval.rejection_reason else ""
        says = f"WhatsApp has not approved it; it is {approval.status}{reason}"
        return problem(name, says, f"submit it, or a corrected one, with {_SETUP}; unset {setting} until then")
    if approval.category != "UTILITY":
        says = f"approved as {approval.category or 'no category'}: WhatsApp may withhold messages that are not UTILITY"
        return warning(name, says, f"get it approved in the category UTILITY in {_TEMPLATES}")
    return ok(name, "approved, and fits the gateway")


def _misfit(kind: ContentKind, content: TwilioContent) -> str | None:
    """Compares what the gateway relies on; words may differ, and newer buttons may be missing."""
    ours = TwilioContent.of(definition(kind))
    if content.variables != ours.variables:
        return f"its variables are {_names(content.variables)}, but the gateway fills {_names(ours.variables)} (63028)"
    sent, needed = ([button for _, button in one.buttons] for one in (content, ours))
    if not set(needed[:2]) <= set(sent) <= set(needed):
        return f"its buttons do not send {' and '.join(needed[:2])}"
    if lacking := frozenset(_VARIABLE.findall(ours.body)) - set(_VARIABLE.findall(content.body)):
        return f"its text does not show {_names(lacking)}"
    if utf16_length(_VARIABLE.sub("", content.body)) > LONGEST_FIXED[kind]:
        return f"its own text is longer than {LONGEST_FIXED[kind]} characters: Twilio would refuse long prompts (63021)"
    return None


def _names(variables: frozenset[str]) -> str:
    return ", ".join(sorted(variables, key=int)) if variables else "none"
