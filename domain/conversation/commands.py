"""What an owner wrote, read as a command.

Only the whole message counts: `approve cr_1 please` is no approval, and neither is `ok` or `yes, but…`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.decision import Outcome, Verdict
from domain.identifiers import CANDIDATE_ID

_JUDGEMENT = re.compile(rf"(?:(?P<approve>approve)|skip|reject)(?:\s+(?P<id>{CANDIDATE_ID}))?", re.IGNORECASE)
_EDIT = re.compile(rf"edit(?:\s+(?P<id>{CANDIDATE_ID}))?\s*:(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_HELP = re.compile(r"help|\?", re.IGNORECASE)

_OPT_OUT = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
_OPT_IN = {"start", "unstop"}
"""Twilio's default words, which it hears before the gateway does."""


class Consent(StrEnum):
    """Whether somebody wants to be asked in a chat at all."""

    WITHDRAWN = "stop"
    GIVEN = "start"


@dataclass(frozen=True)
class Command:
    """A verdict, on the candidate that it names, if it names one."""

    verdict: Verdict
    candidate_id: str | None


def parse(message: str) -> Command | None:
    """Read a message; None if it gives no verdict, and so wants help. The id is as the owner wrote it."""
    text = message.strip()
    if judgement := _JUDGEMENT.fullmatch(text):
        return Command(Verdict(Outcome.APPROVED if judgement["approve"] else Outcome.REJECTED), judgement["id"])
    if (edit := _EDIT.fullmatch(text)) and (new_text := edit["text"].strip()):
        return Command(Verdict(Outcome.EDITED, new_text), edit["id"])
    return None


def consent(message: str) -> Consent | None:
    """Read a word by which a provider stops, or starts again, to send; None for anything else."""
    word = message.strip().rstrip(".!").lower()
    if word in _OPT_OUT:
        return Consent.WITHDRAWN
    return Consent.GIVEN if word in _OPT_IN else None


def asks_for_help(message: str) -> bool:
    """Whether a message that gives no verdict is a known word all the same."""
    return _HELP.fullmatch(message.strip()) is not None


def is_same_id(written: str, candidate_id: str) -> bool:
    """Whether an id that matches no candidate exactly may mean this one: without case and one trailing full stop."""
    return candidate_id.lower() in {written.lower(), written.lower().removesuffix(".")}
