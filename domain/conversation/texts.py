"""Every text that an owner reads, but for the prompt.

Brands' owners are named to nobody: a text says on which channel something was decided, and not by whom, but for
"another owner" where the reader would else take it for their own chat.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.candidate import LONGEST_TEXT, Approver, Candidate
from domain.channels import Channel
from domain.conversation.commands import VERB_OF_OUTCOME
from domain.conversation.owed_messages import Answer, NotUnderstood, Receipt, TooLate, TooLong
from domain.conversation.owners_message import Obstacle
from domain.conversation.wording import clock, one_line, quoted_lines, utf16_length
from domain.decision import OPERATOR_PREFIX, SYSTEM_UNDELIVERABLE, Decision, Outcome, Verdict

COMMANDS = """Send one of
approve <id>
skip <id>
edit <id>: your text
help
Without the id if only one is open, or as an answer to its message."""

_LISTED = 10
_OBSTACLES = {
    Obstacle.TEXT_MESSAGE: "That came as a text message, whose sender anybody can forge: please use the blue chat.",
    Obstacle.REACTION: "A reaction does not say which draft it is about.",
    Obstacle.NO_TEXT: "Only text is read here: no pictures, voice notes or stickers.",
}
_FIRST_WORDS = 40


def owed(message: Answer | Receipt, candidate: Candidate, decision: Decision | None, reader: Approver) -> str:
    """Returns the text of a message that a chat is owed."""
    match message:
        case NotUnderstood():
            return not_understood(candidate.id)
        case TooLong(verdict=verdict):
            return too_long(candidate.id, verdict)
        case TooLate():
            return too_late(candidate.id, decision, candidate.deadline, reader)
        case Receipt(to_decider=to_decider):
            assert decision is not None
            return receipt(candidate.id, decision, candidate.deadline, reader, to_decider=to_decider)


def understood(candidate_id: str, verdict: Verdict) -> str:
    """Say what was understood, not what was decided; an edit is read back."""
    words = f"Got it: {VERB_OF_OUTCOME[verdict.outcome]} {candidate_id}"
    return _with_text(words, verdict.text)


def receipt(candidate_id: str, decision: Decision, deadline: datetime, reader: Approver, *, to_decider: bool) -> str:
    """Tell a chat that was asked what became of the candidate."""
    if to_decider:
        return _with_text(f"{candidate_id} is {decision.outcome}.", _edited_text(decision))
    return f"{candidate_id}: {_how(decision, deadline, reader)}. Nothing is left to do."


def too_late(candidate_id: str, decision: Decision | None, deadline: datetime, reader: Approver) -> str:
    """Answer a reply that changes nothing, whether the candidate is decided or its time is over."""
    if decision is None:
        return f"Too late for {candidate_id}: it ended {clock(deadline)}. Your message changes nothing."
    return f"{candidate_id}: already {_how(decision, deadline, reader)}. Your message changes nothing."


def closed(candidate_id: str) -> str:
    return f"{candidate_id} is closed. Your message changes nothing."


def too_long(candidate_id: str, verdict: Verdict) -> str:
    return (
        f"The text for {candidate_id} is {verdict.excess} characters over the limit of {LONGEST_TEXT}. "
        "Nothing was decided; please send a shorter one."
    )


def not_understood(candidate_id: str) -> str:
    return f"That was not understood; {candidate_id} is still open.\n\n{COMMANDS}"


def this_one(candidate: Candidate, verdict: Verdict, ended: Sequence[str], *, decides_next: bool) -> str:
    """Ask back about the one candidate that is open; `ended` says what became of others.

    The same word is offered only if it `decides_next`; the message with the id always works.
    """
    verb = VERB_OF_OUTCOME[verdict.outcome]
    again = f"{verb} again" if verdict.text is None else "the same again"
    by_id = f"{verb} {candidate.id}{'' if verdict.text is None else ': your text'}"
    offer = f"{again}, or {by_id}" if decides_next else by_id
    return "\n".join(
        [
            f"This one? {candidate.id} {_first_words(candidate)}",
            *ended,
            f"Nothing was decided yet. If it is this one, send {offer}",
        ]
    )


def which_one(candidates: Sequence[Candidate], ended: Sequence[str]) -> str:
    lines = [f"{candidate.id} {_first_words(candidate)}" for candidate in candidates]
    return "\n".join(["Which one? Nothing was decided; please add its id.", *ended, "", _listing(lines)])


def nothing_open(ended: Sequence[str]) -> str:
    return "\n".join(["Nothing is open. Your message changes nothing.", *ended])


def unknown_quotation(open_ids: Sequence[str]) -> str:
    return (
        f"Nothing was decided: the message that you answered is no prompt that is known here.\n\n{help_text(open_ids)}"
    )


def ended(candidate_id: str, decision: Decision | None, deadline: datetime, reader: Approver) -> str:
    """Say beside a question what became of another candidate."""
    return f"{candidate_id}: {_how(decision, deadline, reader) if decision else f'ended {clock(deadline)}'}."


def help_text(open_ids: Sequence[str]) -> str:
    """Say what can be sent, and what is open."""
    return f"{COMMANDS}\n\n{_listing(open_ids)}"


def opted_out(open_ids: Sequence[str]) -> str:
    """Say that a chat is asked nothing more, and what that ends."""
    ends = f" Not decided here any more: {', '.join(open_ids[:_LISTED])}." if open_ids else ""
    return f"You get no more drafts here.{ends} Send START to get them again."


def opted_in() -> str:
    return "You get drafts here again, from the next one on."


def undecided(obstacle: Obstacle, open_ids: Sequence[str]) -> str:
    """Say why a message decided nothing, and what to send instead."""
    why = f"Nothing was decided. {_OBSTACLES[obstacle]}"
    if len(open_ids) == 1:
        return f"{why}\n\nSend one of\napprove {open_ids[0]}\nskip {open_ids[0]}"
    return f"{why}\n\n{help_text(open_ids)}"


def _first_words(candidate: Candidate) -> str:
    words = one_line(candidate.proposed_text)
    if len(words) > _FIRST_WORDS:
        cut = words[:_FIRST_WORDS]
        words = f"{cut.rpartition(' ')[0] or cut}…"
    return f'"{words}"'


def _listing(open_ids: Sequence[str]) -> str:
    if not open_ids:
        return "Nothing is open."
    more = f"\nand {len(open_ids) - _LISTED} more" if len(open_ids) > _LISTED else ""
    return "\n".join(["Open:", *open_ids[:_LISTED]]) + more


def _how(decision: Decision, deadline: datetime, reader: Approver) -> str:
    source = decision.decider.partition(":")[0]
    if decision.decider.startswith(OPERATOR_PREFIX):
        return "withdrawn" if decision.outcome is Outcome.EXPIRED else f"{decision.outcome} by an operator"
    if source in list(Channel):
        by_another = source == reader.channel and decision.decider != str(reader)
        return f"{decision.outcome}{' by another owner' if by_another else ''} on {Channel(source).label}"
    if decision.decider == SYSTEM_UNDELIVERABLE:
        return "expired, because no prompt could be delivered"
    return f"expired without an answer {clock(deadline)}"


def _edited_text(decision: Decision) -> str | None:
    return decision.final_text if decision.outcome is Outcome.EDITED else None


def _with_text(words: str, text: str | None) -> str:
    """Append a text, cut so that all of it fits into one message on every channel."""
    if text is None:
        return words
    room = min(channel.traits.longest_message for channel in Channel)
    whole = "\n".join([words, *quoted_lines(text)])
    while utf16_length(whole) > room:
        text = text[: len(text) - max(1, (utf16_length(whole) - room) // 4)]
        whole = "\n".join([words, *quoted_lines(f"{text}…")])
    return whole
