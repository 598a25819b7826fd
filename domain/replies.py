"""What an owner wrote, read as a command.

Only the whole message counts: `approve cr_1 please` is no approval, and neither is `ok` or `yes, but…`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.decision import Outcome, Verdict

_ID = r"[A-Za-z0-9_.\-]{1,128}"
_JUDGEMENT = re.compile(rf"(?:(?P<approve>approve)|skip|reject)(?:\s+(?P<id>{_ID}))?", re.IGNORECASE)
_EDIT = re.compile(rf"edit(?:\s+(?P<id>{_ID}))?\s*:(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_HELP = re.compile(r"help", re.IGNORECASE)


class Verb(StrEnum):
    APPROVE = "approve"
    SKIP = "skip"
    EDIT = "edit"
    HELP = "help"


VERB_OF_OUTCOME = {Outcome.APPROVED: Verb.APPROVE, Outcome.REJECTED: Verb.SKIP, Outcome.EDITED: Verb.EDIT}


@dataclass(frozen=True)
class Command:
    """A verdict, on the candidate that it names, if it names one; without a verdict, the wish for help."""

    verdict: Verdict | None
    candidate_id: str | None = None


HELP = Command(verdict=None)


def parse(message: str) -> Command | None:
    """Read a message; None if it is no command. The id is as the owner wrote it."""
    text = message.strip()
    if judgement := _JUDGEMENT.fullmatch(text):
        return Command(Verdict(Outcome.APPROVED if judgement["approve"] else Outcome.REJECTED), judgement["id"])
    if (edit := _EDIT.fullmatch(text)) and (new_text := edit["text"].strip()):
        return Command(Verdict(Outcome.EDITED, new_text), edit["id"])
    return HELP if _HELP.fullmatch(text) else None


def is_same_id(written: str, candidate_id: str) -> bool:
    """Whether an id that matches no candidate exactly may mean this one: without case and one trailing full stop."""
    return candidate_id.lower() in {written.lower(), written.lower().removesuffix(".")}
