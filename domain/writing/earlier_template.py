"""The variables of WhatsApp's approved template in runs with rules 0 and 1.

The template is the prompt outside the 24 hours in which WhatsApp accepts free-form messages. It is
docs/whatsapp/candidate_whole.json. Meta accepts no line breaks, tabs or long gaps in a variable,
and at most 1024 characters in all.
"""

from domain.candidate import Candidate
from domain.sending.content_kinds import LONGEST, LONGEST_FIXED, ContentKind
from domain.writing.earlier_prompt import one_line
from domain.writing.wording import REPETITION, clock, utf16_length

LINE_BREAK = " ⏎ "

_LONGEST_CONTEXT = 300
_CUT = "… (cut: {} more characters)"


def template_variables(candidate: Candidate, *, repeated: bool = False) -> tuple[str, ...] | None:
    """Returns the variables in their order; None if the draft or its context does not fit whole."""
    draft, context = _draft(candidate), _context(candidate)
    fits = utf16_length(draft) <= _room(candidate, context)
    return _variables(candidate, draft, context, repeated=repeated) if fits else None


def excerpt_variables(candidate: Candidate, *, repeated: bool = False) -> tuple[str, ...]:
    """Returns variables that fit for any draft; a cut value says by how much it is cut."""
    context = _cut(_context(candidate), _LONGEST_CONTEXT)
    draft = _cut(_draft(candidate), _room(candidate, context))
    return _variables(candidate, draft, context, repeated=repeated)


def _variables(candidate: Candidate, draft: str, context: str, *, repeated: bool) -> tuple[str, ...]:
    asked = f"{_asked(candidate)} {REPETITION}" if repeated else _asked(candidate)
    return (asked, draft, candidate.id, clock(candidate.deadline), context)


def _room(candidate: Candidate, context: str) -> int:
    """Returns how much room is left for the draft, even in a repetition."""
    taken = [_asked(candidate), f" {REPETITION}", candidate.id, clock(candidate.deadline), context]
    return LONGEST - LONGEST_FIXED[ContentKind.WHOLE] - sum(map(utf16_length, taken))


def _asked(candidate: Candidate) -> str:
    return f"{candidate.brand_id} on {candidate.platform}"


def _draft(candidate: Candidate) -> str:
    """Writes the draft in one line; its line breaks stay visible."""
    return LINE_BREAK.join(map(one_line, candidate.proposed_text.splitlines())).strip() or LINE_BREAK.strip()


def _context(candidate: Candidate) -> str:
    """Writes the risks before the link, so that only the link is cut if there is too much."""
    risks = ", ".join(one_line(flag) for flag in candidate.risk_flags)
    return f"Risks: {risks} {candidate.context_url}" if risks else candidate.context_url


def _cut(text: str, room: int) -> str:
    """Cuts a text to a number of UTF-16 units, which include the note about the cut."""
    if utf16_length(text) <= room:
        return text
    kept = text
    while utf16_length(whole := kept.rstrip() + _CUT.format(len(text) - len(kept))) > room:
        excess = utf16_length(whole) - room
        kept = kept[: len(kept) - max(1, excess // 2)]
    return whole
