"""A prompt, and how a long one is split into numbered messages.

Every line of the draft carries a bar in front, also where a line or a message had to be broken, and so does the rest of
any other line that had to be: whatever a draft, a risk flag or a link says, it cannot be taken for a line of the
gateway's own.
"""

from dataclasses import dataclass

from domain.candidate import Candidate
from domain.channels import Channel
from domain.conversation.template import excerpt_variables, template_variables
from domain.conversation.wording import QUOTE, REPETITION, clock, one_line, quoted_lines, utf16_length
from domain.identifiers import TEMPLATE
from domain.sending.contents import Content, ContentKind
from domain.sending.message_search import Wording

_NUMBERING_RESERVE = len("(99/99)\n")
_REPETITION = f"{REPETITION}\n"


@dataclass(frozen=True)
class PromptPart:
    """One message of a prompt: its name among the parts, its text, and what fills WhatsApp's approved template.

    Where both are given, the template is to be preferred; without a text, only the template will do. `completes` says
    that the chat has seen the candidate whole once this part has arrived. `session` is what may be sent in place of the
    text within WhatsApp's 24 hours, and `outside` after them, or if it is not known which it is.
    """

    name: str
    text: str
    template: tuple[str, ...] | None = None
    completes: bool = False
    session: Content | None = None
    outside: Content | None = None

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """What the provider may have of it: the text, or what fills the template or a content in its place."""
        contents = [Wording("", content.variables) for content in (self.session, self.outside) if content]
        return (Wording(self.text, self.template), *contents)

    @property
    def may_be_cut(self) -> bool:
        """Whether it may go out as the template that shows the beginning of a draft alone."""
        return self.outside is not None and self.outside.kind is ContentKind.CUT


def prompt(candidate: Candidate, channel: Channel, *, repeated: bool = False) -> list[PromptPart]:
    """Give the parts of a prompt, in order. A repetition has the same, each marked as repeated."""
    texts = prompt_parts(candidate, channel, repeated=repeated)
    if channel.traits.has_template and len(texts) == 1:
        return [PromptPart("1", texts[0], template_variables(candidate, repeated=repeated), completes=True)]
    last = len(texts)
    return [PromptPart(str(number), text, completes=number == last) for number, text in enumerate(texts, start=1)]


def stand_in(candidate: Candidate, *, repeated: bool = False) -> PromptPart:
    """Return the template that stands in for a prompt that WhatsApp would not let through."""
    is_whole = template_variables(candidate, repeated=repeated) is not None
    return PromptPart(TEMPLATE, "", excerpt_variables(candidate, repeated=repeated), completes=is_whole)


def prompt_parts(candidate: Candidate, channel: Channel, *, repeated: bool = False) -> list[str]:
    """Give the messages of a prompt, in order; each is numbered if there are several."""
    limit = channel.traits.longest_message - _NUMBERING_RESERVE - len(_REPETITION)
    chunks = _pack(_lines(candidate), limit)
    mark = _REPETITION if repeated else ""
    if len(chunks) == 1:
        return [mark + chunks[0]]
    return [f"({number}/{len(chunks)})\n{mark}{chunk}" for number, chunk in enumerate(chunks, start=1)]


def _lines(candidate: Candidate) -> list[str]:
    risks = ", ".join(one_line(flag) for flag in candidate.risk_flags)
    return [
        f"{candidate.brand_id} on {candidate.platform}: approve this reply?",
        f"Post: {candidate.context_url}",
        *([f"Risks: {risks}"] if risks else []),
        "",
        *quoted_lines(candidate.proposed_text),
        "",
        f"Ends: {clock(candidate.deadline)}",
        f"Id: {candidate.id}",
        "",
        "Answer with one of",
        f"approve {candidate.id}",
        f"skip {candidate.id}",
        f"edit {candidate.id}: your text",
    ]


def _pack(lines: list[str], limit: int) -> list[str]:
    chunks: list[str] = []
    for line in lines:
        for piece in _break_line(line, limit):
            if chunks and utf16_length(chunks[-1]) + 1 + utf16_length(piece) <= limit:
                chunks[-1] += f"\n{piece}"
            else:
                chunks.append(piece)
    return [packed for chunk in chunks if (packed := chunk.strip("\n"))]


def _break_line(line: str, limit: int) -> list[str]:
    """Break one line that alone exceeds a message, preferably at a space; what follows the break is quoted."""
    pieces = []
    while utf16_length(line) > limit:
        end = limit // 2
        while utf16_length(line[: end + 1]) <= limit:
            end += 1
        end = line.rfind(" ", end // 2, end) + 1 or end
        pieces.append(line[:end])
        line = QUOTE + line[end:]
    return [*pieces, line]
