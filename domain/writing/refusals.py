"""Why a verdict, a new text or a note is refused, and what to send instead."""

from domain.candidate import LONGEST_NOTE, LONGEST_TEXT, Candidate
from domain.conversation.numbers import number_of
from domain.decision import Verdict
from domain.writing.naming import PLATFORMS, label
from domain.writing.offers import NOTHING_DECIDED, offer
from domain.writing.wording import characters


def not_whole(candidate: Candidate) -> str:
    """Refuses an approval of a draft that this chat was not shown whole.

    The prompt follows, or has just arrived.
    """
    return (
        f"{NOTHING_DECIDED}: you have not seen all of {label(candidate)} here. If it is not above already, it follows; "
        "then send yes or no."
    )


def unseen(candidate: Candidate) -> str:
    """Says in one line why nothing was decided on a candidate that was not shown whole here."""
    return f"{label(candidate)}: you have not seen all of it here. To see it send more {number_of(candidate.id)}"


def too_long(candidate: Candidate, verdict: Verdict) -> str:
    return (
        f"{NOTHING_DECIDED}: your text for {label(candidate)} is {characters(verdict.excess)} over the limit of "
        f"{LONGEST_TEXT}. Send a shorter one: edit {number_of(candidate.id)}: your text"
    )


def note_too_long(candidate: Candidate, verdict: Verdict) -> str:
    return (
        f"{NOTHING_DECIDED}: your note for {label(candidate)} is {characters(verdict.note_excess)} over the limit of "
        f"{LONGEST_NOTE}. Please send a shorter one."
    )


def too_large(candidate: Candidate, verdict: Verdict) -> str:
    """Refuses a text or a note that Temporal, as it is set up, does not take."""
    what = "note" if verdict.text is None else "text"
    return (
        f"{NOTHING_DECIDED}: your {what} for {label(candidate)} is too long to be recorded here. "
        f"Send a shorter one: {offer(candidate, verdict)}"
    )


def not_shown_again(candidate: Candidate) -> str:
    """Refuses to show a candidate whose run got so many messages that it accepts only verdicts."""
    return (
        f"{NOTHING_DECIDED}: after too many messages about {label(candidate)} it cannot be shown here again. "
        "Decide it where you have seen all of it."
    )


def too_long_for_platform(candidate: Candidate, over: int) -> str:
    return (
        f"{NOTHING_DECIDED}: your text for {label(candidate)} is {characters(over)} too long for "
        f"{PLATFORMS[candidate.platform]}. Send a shorter one: edit {number_of(candidate.id)}: your text"
    )


def may_be_too_long(candidate: Candidate, over: int) -> str:
    """Warns about an edit when it is read back."""
    return f"⚠ It may be {characters(over)} too long for {PLATFORMS[candidate.platform]}."


def placeholder(candidate: Candidate) -> str:
    return (
        f"{NOTHING_DECIDED}: that is still the example. "
        f"Send edit {number_of(candidate.id)}: and after it the exact words to post."
    )


def our_lines(candidate: Candidate) -> str:
    return (
        f"{NOTHING_DECIDED}: that still has our lines in it. "
        f"Send edit {number_of(candidate.id)}: and after it only the text to post."
    )


def cut_note(candidate: Candidate) -> str:
    """Refuses an edit with the note of a cut draft: the rest of the draft would be missing."""
    number = number_of(candidate.id)
    return (
        f"{NOTHING_DECIDED}: your text still has our note that the draft was cut, and the rest of it is missing. "
        f"Send more {number} to see all of it, then edit {number}: and after it only the text to post."
    )


def holds_command(candidate: Candidate) -> str:
    """Refuses an edit with a line that is a command itself; it would be posted with the text."""
    return (
        f"{NOTHING_DECIDED}: your text for {label(candidate)} has another command in it. "
        "Send one edit in a message, and as its last part."
    )


def may_be_cut(candidate: Candidate) -> str:
    """Refuses an edit so long that its end might have been cut off on its way."""
    return (
        f"{NOTHING_DECIDED}: your text for {label(candidate)} may have been cut off at 1,600 characters on its way "
        "here. Send a shorter one, or send it by iMessage."
    )
