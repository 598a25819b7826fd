"""What a prompt's button sends: a verb, and the exact id of its candidate.

The id counts even if it looks like a word or a number.
"""

import re
from collections.abc import Callable, Mapping

from domain.decision import Outcome, Verdict
from domain.identifiers import CANDIDATE_ID
from domain.reading.requests import Command, Decide, EditHow, Kind, ShowPrompt

_PAYLOAD = re.compile(rf"([a-z]+)\s+({CANDIDATE_ID})", re.IGNORECASE)


def _deciding(outcome: Outcome) -> Callable[[str], Command]:
    return lambda candidate_id: Decide(Verdict(outcome), Kind.VERB, (candidate_id,))


_VERBS: Mapping[str, Callable[[str], Command]] = {
    "approve": _deciding(Outcome.APPROVED),
    "skip": _deciding(Outcome.REJECTED),
    "reject": _deciding(Outcome.REJECTED),
    "edit": EditHow,
    "show": ShowPrompt,
}


def tapped(payload: str) -> Command | None:
    """Reads a button's payload; returns None for a payload that is not a prompt's."""
    match = _PAYLOAD.fullmatch(payload.strip())
    command = _VERBS.get(match[1].lower()) if match else None
    return command(match[2]) if match and command else None
