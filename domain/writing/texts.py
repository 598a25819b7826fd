"""Every text that an owner reads, but for the prompt. The first line says what matters: a notification shows no more.

Brands' owners are named to nobody: a text says on which channel something was decided, and not by whom, but for
"another owner" where the reader would else take it for their own chat.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.candidate import LONGEST_NOTE, LONGEST_TEXT, Approver, Candidate
from domain.channels import Channel
from domain.conversation.numbers import fits, longer_number, number_of
from domain.conversation.owed_messages import Answer, NotUnderstood, NotWhole, Receipt, TooLate, TooLong
from domain.decision import OPERATOR_PREFIX, SYSTEM_UNDELIVERABLE, Decision, Outcome, Verdict
from domain.reading.owners_message import Obstacle
from domain.writing.hidden import hidden_line, revealed
from domain.writing.naming import PLATFORMS, ended_at, label, listed, until
from domain.writing.replacing import how_core_ended
from domain.writing.wording import characters, one_line, quoted_lines, shortened

HELP = """yes = post it
no = skip it
edit: your text = post your text instead
redo: shorter = skip it, and tell the agent what to change
more = see the whole draft
list = see what is open
If several are open, add the number: yes 4821"""

_LISTED = 10
_LONGEST_NAME = 40
_NOTHING_DECIDED = "Nothing was decided"
_OBSTACLES = {
    Obstacle.TEXT_MESSAGE: "that came as a text message, whose sender anybody can forge. Please use the blue chat.",
    Obstacle.REACTION: "that reaction does not say which draft it is about.",
    Obstacle.NO_TEXT: "pictures, voice notes and stickers cannot be read here.",
}
_VERBS = {Outcome.APPROVED: "post", Outcome.REJECTED: "skip"}
_ANSWERS = {Outcome.APPROVED: "yes", Outcome.REJECTED: "no"}
_OUTCOMES = {
    Outcome.APPROVED: "approved",
    Outcome.EDITED: "edited",
    Outcome.REJECTED: "skipped",
    Outcome.EXPIRED: "expired",
}


# What a verdict comes to


def understood(candidate: Candidate, verdict: Verdict) -> str:
    """Say what was understood, which may decide nothing; read an edit back whole, and a note to the agent too."""
    if verdict.text is not None:
        return _with_text(f"Got it: post this instead of {label(candidate)}", verdict.text)
    return "\n".join([f"Got it: {_VERBS[verdict.outcome]} {label(candidate)}", *_note(verdict)])


def understood_together(candidates: Sequence[Candidate], verdict: Verdict) -> str:
    """Say what was understood of several at once."""
    headline = f"Got it: {_VERBS[verdict.outcome]} these {len(candidates)}"
    return "\n".join([headline, *map(label, candidates), *_note(verdict)])


def receipt(candidate: Candidate, decision: Decision, reader: Approver, now: datetime, *, to_decider: bool) -> str:
    """Tell a chat that was asked what became of the candidate."""
    if to_decider:
        return _read_back(f"{_OUTCOMES[decision.outcome].capitalize()}: {label(candidate)}", decision)
    how = _how(candidate, decision, reader, now)
    return f"{how[0].upper()}{how[1:]}: {label(candidate)}. Nothing is left to do."


def unseen(candidate: Candidate) -> str:
    """Say in one line why nothing was decided on a candidate that this chat was not shown, or not whole."""
    return f"{label(candidate)}: you have not seen all of it here. To see it send more {number_of(candidate.id)}"


def receipt_line(candidate: Candidate, decision: Decision, reader: Approver, now: datetime, *, to_decider: bool) -> str:
    """Say in one line what a receipt says where one message tells several; the decider's own words are read back."""
    line = ended(candidate, decision, reader, now)
    return _read_back(line, decision) if to_decider else line


def receipts_headline(count: int) -> str:
    """Say above several receipts what they come to."""
    return f"{count} drafts are closed. Nothing is left to do."


def ended(candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime) -> str:
    """Say in one line what became of a candidate."""
    how = _how(candidate, decision, reader, now) if decision else f"ended at {ended_at(candidate, now)}"
    return f"{label(candidate)}: {how}."


def too_late(candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime) -> str:
    """Answer a reply that changes nothing, whether the candidate is decided or its time is over."""
    if decision is None:
        return f"Too late for {label(candidate)}: it ended at {ended_at(candidate, now)}. Your message changes nothing."
    return f"{label(candidate)}: already {_how(candidate, decision, reader, now)}. Your message changes nothing."


def closed(candidate: Candidate) -> str:
    return f"{label(candidate)} is closed. Your message changes nothing."


def standing(candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime) -> str:
    """Answer somebody who wants to take a verdict back: it stands."""
    if decision is None:
        number = number_of(candidate.id)
        return f"{label(candidate)} is not decided yet. Send yes {number} to post it, or no {number} to skip it."
    return f"{label(candidate)} was {_how(candidate, decision, reader, now)}, and that stands."


def not_whole(candidate: Candidate) -> str:
    """Refuse to take an approval of what this chat was not shown whole; the prompt follows."""
    return f"{_NOTHING_DECIDED}: you have not seen all of {label(candidate)} here. It follows; then send yes or no."


# What is wrong with a new text


def too_long(candidate: Candidate, verdict: Verdict) -> str:
    return (
        f"{_NOTHING_DECIDED}: your text for {label(candidate)} is {characters(verdict.excess)} over the limit of "
        f"{LONGEST_TEXT}. Send a shorter one: edit {number_of(candidate.id)}: your text"
    )


def note_too_long(candidate: Candidate, verdict: Verdict) -> str:
    return (
        f"{_NOTHING_DECIDED}: your note for {label(candidate)} is {characters(verdict.note_excess)} over the limit of "
        f"{LONGEST_NOTE}. Please send a shorter one."
    )


def too_long_for_platform(candidate: Candidate, over: int) -> str:
    return (
        f"{_NOTHING_DECIDED}: your text for {label(candidate)} is {characters(over)} too long for "
        f"{PLATFORMS[candidate.platform]}. Send a shorter one: edit {number_of(candidate.id)}: your text"
    )


def may_be_too_long(over: int) -> str:
    """Warn beside an edit that is read back."""
    return f"⚠ It may be {characters(over)} too long for its platform."


def placeholder(candidate: Candidate) -> str:
    return (
        f"{_NOTHING_DECIDED}: that is still the example. "
        f"Send edit {number_of(candidate.id)}: and after it the very words to post."
    )


def our_lines(candidate: Candidate) -> str:
    return (
        f"{_NOTHING_DECIDED}: that still has our lines in it. "
        f"Send edit {number_of(candidate.id)}: and after it only the text to post."
    )


def may_be_cut(candidate: Candidate | None) -> str:
    """Refuse an edit of such a length that its end may have been cut off on its way."""
    of = f" for {label(candidate)}" if candidate else ""
    return (
        f"{_NOTHING_DECIDED}: your text{of} may have been cut off at 1,600 characters on its way here. "
        "Send a shorter one, or send it by iMessage."
    )


# Asking back


def this_one(candidate: Candidate, verdict: Verdict, ended: Sequence[str], now: datetime, *, decides_next: bool) -> str:
    """Ask back about the one candidate that is open; `ended` says what became of others.

    A bare word is offered only if it `decides_next`, with what it does: a yes to the question may else be meant as
    "yes, skip this one". The message with the number always works where all of the draft was shown.
    """
    is_word = verdict.text is None and verdict.note is None
    offer = "yes posts it · no skips it" if is_word and decides_next else f"Send {_offer(candidate, verdict)}"
    return _asking_back(candidate, ended, now, offer)


def this_one_in_part(candidate: Candidate, ended: Sequence[str], now: datetime) -> str:
    """Ask back about an approval of the one candidate that is open, and that this chat has in part."""
    return _asking_back(candidate, ended, now, _see_all(candidate))


def which_one(
    candidates: Sequence[Candidate],
    verdict: Verdict,
    ended: Sequence[str],
    now: datetime,
    in_part: Collection[str] = (),
) -> str:
    """Ask back where several are open: one line each, and the one message that would work."""
    needs_all = in_part if verdict.outcome is Outcome.APPROVED else ()
    example = next((_offer(candidate, verdict) for candidate in candidates if candidate.id not in needs_all), None)
    how = f"Add its number: {example}" if example else _see_all(candidates[0])
    return "\n".join([f"Which one? {_NOTHING_DECIDED}. {how}", *ended, *listing(candidates, now)])


def ambiguous(candidates: Sequence[Candidate], now: datetime) -> str:
    """Ask back about a number that several have, with more digits of each."""
    lines = [listed(candidate, now, is_ambiguous=True) for candidate in candidates]
    return "\n".join([f"Which one? {_NOTHING_DECIDED}: several drafts have that number. Send all six digits.", *lines])


def contradiction(named: Sequence[Candidate], quoted: Candidate) -> str:
    """Ask back about a message that names one draft, or several, and answers the prompt of another."""
    names = " ".join(number_of(each.id) for each in named)
    why = f"{_NOTHING_DECIDED}: you wrote {names} as an answer to {label(quoted)}."
    return f"Which one? {why}\nSend it again as a message of its own, which answers none."


def unknown_name(written: str, candidates: Sequence[Candidate], now: datetime) -> str:
    name = shortened(one_line(written), _LONGEST_NAME)
    return "\n".join([f"{_NOTHING_DECIDED}: no draft here has the number or id {name}.", *listing(candidates, now)])


def unknown_among_several(written: str) -> str:
    return f"{shortened(one_line(written), _LONGEST_NAME)}: no draft here has this number or id."


def ambiguous_among_several(candidates: Sequence[Candidate]) -> str:
    numbers = " or ".join(longer_number(candidate.id) for candidate in candidates)
    return f"{number_of(candidates[0].id)}: several have this number. Send {numbers}"


def several_unclear(problems: Sequence[str], candidates: Sequence[Candidate], now: datetime) -> str:
    """Refuse several at once of which some are unclear; `problems` has a line for each of those."""
    return "\n".join([f"{_NOTHING_DECIDED}: not all of that is clear.", *problems, *listing(candidates, now)])


def too_many_names(count: int, most: int) -> str:
    return f"{_NOTHING_DECIDED}: your message has {count} numbers, and {most} can be answered at once. Send fewer."


def all_of_them(candidates: Sequence[Candidate], verdict: Verdict, now: datetime) -> str:
    """Answer `approve all`, which never decides: with the list, and the one message that would."""
    if not candidates:
        return nothing_open([])
    numbers = " ".join(number_of(candidate.id) for candidate in candidates[:_LISTED])
    those = "these" if len(candidates) <= _LISTED else f"the first {_LISTED}"
    offer = f"To {_VERBS[verdict.outcome]} {those} send {_ANSWERS[verdict.outcome]} {numbers}"
    return "\n".join([f"{_NOTHING_DECIDED}. {offer}", *listing(candidates, now)])


def unknown_quotation(candidates: Sequence[Candidate], now: datetime) -> str:
    why = f"{_NOTHING_DECIDED}: it is unclear which draft your message answers."
    return "\n".join([why, *listing(candidates, now)])


# What is understood, and decides nothing


def acknowledged(candidates: Sequence[Candidate], now: datetime, in_part: Collection[str] = ()) -> str:
    """Answer `ok` and the like, which may mean anything; no approval is offered of what the chat has `in_part`."""
    if len(candidates) == 1 and candidates[0].id in in_part:
        return f"{_NOTHING_DECIDED}. {_see_all(candidates[0])}"
    return _nothing_decided("", candidates, now)


def hedged(candidates: Sequence[Candidate], name: str | None = None) -> str:
    """Answer a yes with a condition, or what to change without saying what; about the one that it names, if any."""
    if not candidates:
        return f"{_NOTHING_DECIDED}. Nothing is open."
    meant = [each for each in candidates if name is None or fits(name, each.id) or name == each.id]
    number = number_of(meant[0].id) if len(meant) == 1 else "(number)"
    return (
        f"{_NOTHING_DECIDED}. To post another text send edit {number}: your text\n"
        f"To have it rewritten send redo {number}: what to change"
    )


def not_understood(candidates: Sequence[Candidate], now: datetime) -> str:
    return _nothing_decided(": that was not understood", candidates, now)


def undecided(obstacle: Obstacle, candidates: Sequence[Candidate], now: datetime) -> str:
    """Say why a message decided nothing, and what to send instead."""
    return _nothing_decided(f": {_OBSTACLES[obstacle].removesuffix('.')}", candidates, now)


def nothing_open(ended: Sequence[str]) -> str:
    """Answer a verdict where nothing is open; `ended` says in one line each what became of what was."""
    first, *more = ended or ["Nothing is open."]
    return "\n".join([f"{first} Your message changes nothing.", *more])


# Editing


def edit_how(candidate: Candidate, *, has_draft: bool = True) -> str:
    """Say how a text is sent back; unless it is too long, the draft follows as a message of its own."""
    command = f"edit {number_of(candidate.id)}: your text"
    if not has_draft:
        return f"To change {label(candidate)} send {command}"
    return f"To change {label(candidate)} copy the next message, change it, and send it as {command}"


def which_edit(candidates: Sequence[Candidate], now: datetime) -> str:
    if not candidates:
        return nothing_open([])
    example = f"edit {number_of(candidates[0].id)}: your text"
    return "\n".join([f"Which one? Send {example}", *listing(candidates, now)])


def proposal(candidate: Candidate, text: str) -> str:
    """Ask whether a text that came without `edit:` is meant in place of the draft."""
    return f"{_with_text(f'Post this instead of {label(candidate)}?', text)}\nyes or no"


def still_proposed(question: str) -> str:
    """Repeat the question about a text after what answers it neither way."""
    return f"{_NOTHING_DECIDED}.\n{question}"


def proposal_left(words: str) -> str:
    """Say beside an answer that the text which was asked about before is not taken."""
    return f"{words}\nYour text is not taken."


def proposal_dropped(candidate: Candidate, now: datetime) -> str:
    return f"Dropped. {label(candidate)} is open until {until(candidate, now)}.\nyes · no · edit: …"


# Asking the gateway


def shown(candidate: Candidate) -> str:
    """Announce a prompt that was asked for, and that follows."""
    return f"Here is {label(candidate)}"


def which_to_show(candidates: Sequence[Candidate], now: datetime) -> str:
    if not candidates:
        return nothing_open([])
    return "\n".join([f"Which one? Send more {number_of(candidates[0].id)}", *listing(candidates, now)])


def open_ones(candidates: Sequence[Candidate], now: datetime) -> str:
    return "\n".join(listing(candidates, now))


def help_text(candidates: Sequence[Candidate], now: datetime) -> str:
    """Say what can be sent, and what is open."""
    return "\n".join([HELP, "", *listing(candidates, now)])


def listing(candidates: Sequence[Candidate], now: datetime) -> list[str]:
    """List what is open, one line each."""
    if not candidates:
        return ["Nothing is open."]
    lines = [listed(candidate, now) for candidate in candidates[:_LISTED]]
    more = len(candidates) - _LISTED
    return [*lines, *([f"and {more} more"] if more > 0 else [])]


def opted_out(candidates: Sequence[Candidate]) -> str:
    """Say that a chat is asked nothing more, and what that ends."""
    numbers = ", ".join(number_of(candidate.id) for candidate in candidates[:_LISTED])
    ends = f" Not decided here any more: {numbers}." if candidates else ""
    return f"No more drafts come here.{ends} Send START to get them again."


def not_here_since_stop(candidate: Candidate) -> str:
    """Answer what is about a candidate that ended in this chat because its owner wants nothing more here."""
    number = number_of(candidate.id)
    return f"{number} is not decided here since you sent STOP. Send START to get drafts here again."


def opted_in() -> str:
    return "Drafts come here again, from the next one on."


# What a run owes


def owed(
    message: Answer | Receipt, candidate: Candidate, decision: Decision | None, reader: Approver, now: datetime
) -> str:
    """Return the text of a message that a chat is owed."""
    match message:
        case NotUnderstood():
            return not_understood([candidate], now)
        case TooLong(verdict=verdict):
            return too_long(candidate, verdict)
        case NotWhole():
            return not_whole(candidate)
        case TooLate():
            return too_late(candidate, decision, reader, now)
        case Receipt(to_decider=to_decider):
            assert decision is not None
            return receipt(candidate, decision, reader, now, to_decider=to_decider)


def _note(verdict: Verdict) -> list[str]:
    return [] if verdict.note is None else [f"For the agent: “{one_line(verdict.note)}”"]


def _nothing_decided(why: str, candidates: Sequence[Candidate], now: datetime) -> str:
    """Say that nothing was decided, and offer the one message that would work."""
    match candidates:
        case []:
            return f"{_NOTHING_DECIDED}{why}. Nothing is open."
        case [candidate]:
            number = number_of(candidate.id)
            return (
                f"{_NOTHING_DECIDED}{why}. To post {label(candidate)} send yes {number}\n"
                f"no {number} · edit {number}: … · help"
            )
    return "\n".join([f"{_NOTHING_DECIDED}{why}. To post one send yes and its number.", *listing(candidates, now)])


def _asking_back(candidate: Candidate, ended: Sequence[str], now: datetime, offer: str) -> str:
    return "\n".join([f"This one? {label(candidate)} · until {until(candidate, now)}", *ended, offer])


def _see_all(candidate: Candidate) -> str:
    number = number_of(candidate.id)
    return f"You have not seen all of {number} here yet. If no more of it comes by itself, send more {number}"


def _offer(candidate: Candidate, verdict: Verdict) -> str:
    """Write the message that gives such a verdict on the candidate."""
    number = number_of(candidate.id)
    if verdict.text is not None:
        return f"edit {number}: your text"
    return f"{_ANSWERS[verdict.outcome]} {number}" if verdict.note is None else f"redo {number}: what to change"


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
    """Add to the words the text that the decider put in place of the draft, or the note to the agent."""
    note = [] if decision.note is None else [f"For the agent: “{one_line(decision.note)}”"]
    text = decision.final_text if decision.outcome is Outcome.EDITED else None
    return "\n".join([_with_text(words, text), *note])


def _with_text(words: str, text: str | None) -> str:
    """Set a text off below the words; what it hides is shown and counted."""
    if text is None:
        return words
    hidden = hidden_line(revealed(text).count)
    return "\n".join([words, *quoted_lines(text), *([hidden] if hidden else [])])
