"""What became of a candidate, for chats that were asked, and for messages that arrive too late.

Texts name no owners: they say on which channel something was decided, and not by whom. They say "by
another owner" only where readers would otherwise take it for their own chat.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Approver, Candidate
from domain.channels import Channel
from domain.decision import OPERATOR_PREFIX, SYSTEM_TIMEOUT, SYSTEM_UNDELIVERABLE, Decision, Outcome
from domain.writing.lists import NOTHING_OPEN
from domain.writing.naming import ended_at, label
from domain.writing.offers import NOTHING_DECIDED
from domain.writing.reading_back import with_note, with_text
from domain.writing.replacing import how_core_ended

_NO_EFFECT = "Your message changes nothing."
_OUTCOMES = {
    Outcome.APPROVED: "approved",
    Outcome.EDITED: "edited",
    Outcome.REJECTED: "skipped",
    Outcome.EXPIRED: "expired",
}


def receipt(candidate: Candidate, decision: Decision, reader: Approver, now: datetime, *, to_decider: bool) -> str:
    """Tells a chat that was asked what became of the candidate.

    It says nothing about other candidates, which it does not know.
    """
    if to_decider:
        return _read_back(f"{_OUTCOMES[decision.outcome].capitalize()}: {label(candidate)}", decision)
    how = _how(candidate, decision, reader, now)
    is_unanswered = decision.decider in {SYSTEM_TIMEOUT, SYSTEM_UNDELIVERABLE}
    after = "It is not posted." if is_unanswered else "It needs no answer any more."
    words = f"{how[0].upper()}{how[1:]}: {label(candidate)}. {after}"
    posted = _posted(candidate, decision)
    return words if posted is None else with_text(f"{words} This is posted instead:", posted)


def receipt_line(candidate: Candidate, decision: Decision, reader: Approver, now: datetime, *, to_decider: bool) -> str:
    """Returns a receipt among several: one line, and below it the text that is posted."""
    line = ended(candidate, decision, reader, now)
    return _read_back(line, decision) if to_decider else with_text(line, _posted(candidate, decision))


def receipts_headline(count: int) -> str:
    """Returns the line above several receipts."""
    return f"{count} drafts are closed, and need no answer any more:"


def ended(candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime) -> str:
    """Says in one line what became of a candidate."""
    how = _how(candidate, decision, reader, now) if decision else f"ended at {ended_at(candidate, now)}"
    return f"{label(candidate)}: {how}."


def too_late(candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime) -> str:
    """Answers a reply that changes nothing: the candidate is decided, or its time is over."""
    if decision is None:
        return f"Too late for {label(candidate)}: it ended at {ended_at(candidate, now)}. {_NO_EFFECT}"
    return f"{label(candidate)}: already {_how(candidate, decision, reader, now)}. {_NO_EFFECT}"


def closed(candidate: Candidate) -> str:
    return f"{label(candidate)} is closed. {_NO_EFFECT}"


def stands(candidate: Candidate, decision: Decision, reader: Approver, now: datetime) -> str:
    """Answers an owner who wants to take a verdict back."""
    return f"{label(candidate)} was {_how(candidate, decision, reader, now)}, and that stands."


def nothing_open(ended: Sequence[str], waiting: int = 0) -> str:
    """Answers a verdict in a chat that was asked about nothing that is open.

    `ended` has a line for each candidate that ended here; `waiting` counts the open ones that this
    chat was not asked about yet.
    """
    if waiting and not ended:
        return f"{NOTHING_DECIDED}. {_waiting(waiting)}"
    first, *more = ended or [NOTHING_OPEN]
    return "\n".join([f"{first} {_NO_EFFECT}", *more, *([_waiting(waiting)] if waiting else [])])


def _waiting(count: int) -> str:
    one = count == 1
    drafts = "1 draft is" if one else f"{count} drafts are"
    return f"{drafts} open that you were not asked about here yet. To see {'it' if one else 'them'} send list"


def _posted(candidate: Candidate, decision: Decision) -> str | None:
    """Returns the text that is posted in place of the draft.

    In runs of earlier rules it is None, because their receipts are a single message.
    """
    is_edited = decision.outcome is Outcome.EDITED
    return decision.final_text if is_edited and candidate.rules >= RULES_OF_WHOLE_PROMPTS else None


def _how(candidate: Candidate, decision: Decision, reader: Approver, now: datetime) -> str:
    source = decision.decider.partition(":")[0]
    if decision.decider.startswith(OPERATOR_PREFIX):
        is_withdrawn = decision.outcome is Outcome.EXPIRED
        return "withdrawn" if is_withdrawn else f"{_OUTCOMES[decision.outcome]} by an operator"
    if source in list(Channel):
        by_another = source == reader.channel and decision.decider != str(reader)
        return f"{_OUTCOMES[decision.outcome]}{' by another owner' if by_another else ''} on {Channel(source).label}"
    if how := how_core_ended(decision):
        return how
    if decision.decider == SYSTEM_UNDELIVERABLE:
        return "expired, because no prompt could be delivered"
    return f"expired at {ended_at(candidate, now)} without an answer"


def _read_back(words: str, decision: Decision) -> str:
    """Adds what the decider wrote: the text in place of the draft, or the note for core."""
    text = decision.final_text if decision.outcome is Outcome.EDITED else None
    return with_note(with_text(words, text), decision.note)
