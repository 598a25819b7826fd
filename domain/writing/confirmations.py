"""What was understood of a verdict, which may decide nothing yet."""

from collections.abc import Sequence

from domain.candidate import Candidate
from domain.decision import Verdict
from domain.writing.naming import label
from domain.writing.offers import VERBS
from domain.writing.reading_back import with_note, with_text


def understood(candidate: Candidate, verdict: Verdict) -> str:
    """Say what was understood; read an edit back whole, and a note to the agent too."""
    if verdict.text is not None:
        return with_text(f"Got it: post this instead of {label(candidate)}", verdict.text)
    return with_note(f"Got it: {VERBS[verdict.outcome]} {label(candidate)}", verdict.note)


def understood_together(candidates: Sequence[Candidate], verdict: Verdict) -> str:
    """Say what was understood of several at once."""
    headline = f"Got it: {VERBS[verdict.outcome]} these {len(candidates)}"
    return with_note("\n".join([headline, *map(label, candidates)]), verdict.note)
