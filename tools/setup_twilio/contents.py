"""Creates missing messages with buttons, and submits the two templates to WhatsApp for approval."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.config.settings import content_sid_setting
from adapters.twilio.content_api import TemplateApproval, TwilioContent, TwilioContents, definition
from adapters.twilio.rest import TwilioRestError
from domain.sending.content_kinds import ContentKind
from tools.setup_twilio.report import Report

_APPROVED = "approved"
_WAITING = {"received", "pending"}


@dataclass(frozen=True)
class ContentOutcome:
    """The result for one content, and its line for the settings if it can be used."""

    report: Report
    setting: str = ""


async def set_up(contents: TwilioContents, *, only_reads: bool) -> list[ContentOutcome]:
    """Creates and submits missing contents; raises TwilioRestError if listing fails."""
    known = [content async for content in contents.all()]
    return [await _outcome(contents, known, kind, only_reads=only_reads) for kind in ContentKind]


async def _outcome(
    contents: TwilioContents, known: Sequence[TwilioContent], kind: ContentKind, *, only_reads: bool
) -> ContentOutcome:
    ours = TwilioContent.of(definition(kind))
    alike = [content for content in _versions(known, ours) if content.says_as(ours)]
    if not alike and only_reads:
        return ContentOutcome(Report(ours.name, "missing", is_right=False))
    named = definition(kind) | {"friendly_name": _free(known, ours)}
    try:
        content = alike[-1] if alike else await contents.create(named)
    except TwilioRestError as error:
        return ContentOutcome(Report(ours.name, f"not created: Twilio {error}", is_right=False))
    setting, says = f"{content_sid_setting(kind)}={content.sid}", f"{content.sid} {'exists' if alike else 'created'}"
    if not kind.is_template:
        return ContentOutcome(Report(content.name, says, is_right=True), setting)
    try:
        approval = await contents.approval(content.sid)
        if approval.is_unsubmitted and not only_reads:
            approval, says = await contents.ask_for_approval(content), f"{says}, submitted for approval"
    except TwilioRestError as error:
        return ContentOutcome(Report(content.name, f"{says}; its approval is unknown: Twilio {error}", is_right=False))
    if approval.status != _APPROVED:
        setting = f"#{setting}  once it is approved"
    return ContentOutcome(_approval(content.name, says, approval), setting)


def _versions(known: Sequence[TwilioContent], ours: TwilioContent) -> list[TwilioContent]:
    """Returns all contents for the same purpose and language, oldest name first."""
    named = [
        (re.fullmatch(rf"{ours.name}(?:_(\d+))?", one.name), one) for one in known if one.language == ours.language
    ]
    numbered = [(int(match[1] or 1), one) for match, one in named if match]
    return [one for _, one in sorted(numbered, key=lambda each: each[0])]


def _free(known: Sequence[TwilioContent], ours: TwilioContent) -> str:
    """Returns a free name; WhatsApp accepts no new text under a name that it has judged."""
    taken, number = {one.name for one in _versions(known, ours)}, 1
    while (name := ours.name if number == 1 else f"{ours.name}_{number}") in taken:
        number += 1
    return name


def _approval(name: str, says: str, approval: TemplateApproval) -> Report:
    says, is_right = f"{says}; {approval.status}", approval.status in {_APPROVED, *_WAITING}
    if approval.status in _WAITING:
        says += ": WhatsApp decides within two days, often within minutes; run this again then"
    elif approval.is_unsubmitted:
        says += ": it was never submitted for approval"
    elif not is_right:
        reason = f" ({approval.rejection_reason})" if approval.rejection_reason else ""
        says += f"{reason}: change the text in docs/whatsapp; this command then submits it under a new name"
    if approval.category not in {"", "UTILITY"}:
        says += f", as {approval.category}: WhatsApp may withhold it"
    return Report(name, says, is_right)
