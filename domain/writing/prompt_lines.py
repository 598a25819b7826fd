"""The lines of a prompt.

They depend only on the candidate, and not on the moment, because a search looks for the exact text.
A send might wait for its slot, so the line with the deadline has two forms, one of them without the
time that is left.
"""

from domain.candidate import Candidate, Persona
from domain.conversation.numbers import is_number, number_of
from domain.editing.lengths import over_maybe, over_surely
from domain.reading.grammar import read
from domain.reading.requests import Decide
from domain.writing.hidden import hidden_line, revealed
from domain.writing.naming import PLATFORMS, late_term, term
from domain.writing.replacing import instead_of
from domain.writing.wording import characters, one_line, quoted, quoted_lines, shortened

_LONGEST_SOURCE = 200
_LONGEST_AUTHOR = 60


def prompt_lines(candidate: Candidate) -> list[str]:
    """Returns the lines below the title.

    The draft's lines have a bar in front; all others are the gateway's.
    """
    answered = answered_post(candidate)
    risks, hidden = named_risks(candidate), hidden_characters(candidate)
    return [
        *([instead_of(candidate.replaces)] if candidate.replaces else []),
        *quoted_lines(candidate.proposed_text),
        "",
        *([answered] if answered else []),
        one_line(candidate.context_url),
        *([risks] if risks else []),
        *([hidden] if hidden else []),
        term_line(candidate),
        *([f"Id: {candidate.id}"] if _is_name(candidate.id) else []),
        "",
        f"yes · no · edit {number_of(candidate.id)}: …",
    ]


def term_line(candidate: Candidate, *, is_late: bool = False) -> str:
    """Says until when the candidate is open; `is_late` if the message does not go out at once."""
    until = late_term(candidate) if is_late else term(candidate)
    return f"Until {until}. Without an answer it is not posted."


def answered_post(candidate: Candidate) -> str:
    """Quotes what the draft answers, as far as core knows it; empty if it does not.

    `Answers @jane: “It crashed again…”`
    """
    author = shortened(one_line(candidate.source_author or ""), _LONGEST_AUTHOR)
    text = shortened(one_line(candidate.source_text or ""), _LONGEST_SOURCE)
    whose = f"Answers {author}" if author else "Answers"
    if text:
        return f"{whose}: {quoted(text)}"
    return whose if author else ""


def named_risks(candidate: Candidate) -> str:
    """Names the risks of the draft, the gateway's own findings first; empty if there are none."""
    found = [_too_long(candidate), _persona(candidate)]
    risks = [*found, *map(one_line, candidate.risk_flags)]
    named = ", ".join(risk for risk in risks if risk)
    return f"⚠ {named}" if named else ""


def hidden_characters(candidate: Candidate) -> str:
    """Says how many characters of the draft are written out; empty if there are none."""
    return hidden_line(revealed(candidate.proposed_text).count) or ""


def _is_name(candidate_id: str) -> bool:
    """Returns whether an owner who writes the id names this candidate.

    An id such as `all`, or another candidate's number, means something else.
    """
    if is_number(candidate_id):
        return False
    match read(f"approve {candidate_id}"):
        case Decide(names=names):
            return names == (candidate_id,)
    return False


def _too_long(candidate: Candidate) -> str:
    draft = candidate.proposed_text, candidate.platform, candidate.longest_post
    platform = PLATFORMS[candidate.platform]
    if over := over_surely(*draft):
        return f"{characters(over)} too long for {platform}"
    over = over_maybe(*draft)
    return f"maybe {characters(over)} too long for {platform}" if over else ""


def _persona(candidate: Candidate) -> str:
    return "" if candidate.persona is Persona.NORMAL else f"persona {candidate.persona}"
