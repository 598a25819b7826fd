"""What was understood of a verdict, which might not have decided yet."""

from collections import Counter
from collections.abc import Sequence

from domain.candidate import Candidate
from domain.decision import Verdict
from domain.writing.naming import label
from domain.writing.offers import VERBS
from domain.writing.reading_back import with_note, with_text


def understood(candidate: Candidate, verdict: Verdict) -> str:
    """Says what was understood; repeats an edit whole, and a note for core too."""
    return f"Got it: {_wanted(candidate, verdict)}"


def understood_together(wanted: Sequence[tuple[Candidate, Verdict]]) -> str:
    """Says what was understood of each of several verdicts."""
    (_, verdict), *_ = wanted
    if all(each == verdict for _, each in wanted) and verdict.text is None:
        headline = f"Got it: {VERBS[verdict.outcome]} these {len(wanted)}"
        return with_note("\n".join([headline, *(label(candidate) for candidate, _ in wanted)]), verdict.note)
    counts = Counter(VERBS[each.outcome] for _, each in wanted)
    headline = f"Got it: {', '.join(f'{verb} {count}' for verb, count in counts.items())}"
    return "\n".join([headline, *(_wanted(candidate, each) for candidate, each in wanted)])


def _wanted(candidate: Candidate, verdict: Verdict) -> str:
    if verdict.text is not None:
        return with_text(f"post this instead of {label(candidate)}", verdict.text)
    return with_note(f"{VERBS[verdict.outcome]} {label(candidate)}", verdict.note)
