"""The messages with buttons: made where they are missing, and WhatsApp asked to approve the two templates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.config.settings import content_sid_setting
from adapters.twilio.contents import TemplateApproval, TwilioContent, TwilioContents, definition
from adapters.twilio.rest import TwilioRestError
from domain.sending.contents import ContentKind
from tools.setup_twilio.report import Report

_APPROVED = "approved"
_WAITING = {"received", "pending"}


@dataclass(frozen=True)
class Outcome:
    """What became of a content, and the line of the settings for it; empty if the account does not have it."""

    report: Report
    setting: str = ""


async def set_up(contents: TwilioContents, *, only_reads: bool) -> list[Outcome]:
    """Raise TwilioRestError if the account's contents cannot be listed."""
    known = [content async for content in contents.all()]
    return [await _outcome(contents, known, kind, only_reads=only_reads) for kind in ContentKind]


async def _outcome(
    contents: TwilioContents, known: Sequence[TwilioContent], kind: ContentKind, *, only_reads: bool
) -> Outcome:
    ours = TwilioContent.of(definition(kind))
    alike = [content for content in _versions(known, ours) if content.says_as(ours)]
    if not alike and only_reads:
        return Outcome(Report(ours.name, "missing", is_right=False))
    done = "there" if alike else "made"
    try:
        content = (
            alike[-1] if alike else await contents.create(definition(kind) | {"friendly_name": _free(known, ours)})
        )
    except TwilioRestError as error:
        return Outcome(Report(ours.name, f"not made: Twilio {error}", is_right=False))
    if not kind.is_template:
        return Outcome(Report(content.name, f"{content.sid} {done}", is_right=True), _setting(kind, content))
    try:
        approval = await contents.approval(content.sid)
        if approval.is_unsubmitted and not only_reads:
            approval, done = await contents.ask_for_approval(content), f"{done}, WhatsApp's approval asked for"
    except TwilioRestError as error:
        says = f"{content.sid} {done}; its approval is not known: Twilio {error}"
        return Outcome(Report(content.name, says, is_right=False), f"#{_setting(kind, content)}")
    return Outcome(_approval(content, done, approval), _setting_once(kind, content, approval))


def _versions(known: Sequence[TwilioContent], ours: TwilioContent) -> list[TwilioContent]:
    """Find what was ever made for the same purpose and language, the oldest name first."""
    named = [
        (re.fullmatch(rf"{ours.name}(?:_(\d+))?", one.name), one) for one in known if one.language == ours.language
    ]
    numbered = [(int(match[1] or 1), one) for match, one in named if match]
    return [one for _, one in sorted(numbered, key=lambda each: each[0])]


def _free(known: Sequence[TwilioContent], ours: TwilioContent) -> str:
    """Find a name: one that WhatsApp has approved or rejected cannot be used for another text."""
    taken, number = {one.name for one in _versions(known, ours)}, 1
    while (name := ours.name if number == 1 else f"{ours.name}_{number}") in taken:
        number += 1
    return name


def _approval(content: TwilioContent, done: str, approval: TemplateApproval) -> Report:
    says, is_right = f"{content.sid} {done}; {approval.status}", approval.status in {_APPROVED, *_WAITING}
    if approval.status in _WAITING:
        says += ": WhatsApp decides within minutes, or 48 hours; run this again"
    elif approval.is_unsubmitted:
        says += ": its approval was never asked for"
    elif not is_right:
        reason = f" ({approval.rejection_reason})" if approval.rejection_reason else ""
        says += f"{reason}: with another text in docs/whatsapp it gets another name, and is submitted anew"
    if approval.category not in {"", "UTILITY"}:
        says += f", as {approval.category}, which WhatsApp may withhold"
    return Report(content.name, says, is_right)


def _setting(kind: ContentKind, content: TwilioContent) -> str:
    return f"{content_sid_setting(kind)}={content.sid}"


def _setting_once(kind: ContentKind, content: TwilioContent, approval: TemplateApproval) -> str:
    setting = _setting(kind, content)
    return setting if approval.status == _APPROVED else f"# once it is approved:\n#{setting}"
