"""A prompt, and how a long one is split into numbered messages.

Every line of the draft carries a bar in front, also where a line or a message had to be broken, and so does the rest of
any other line that had to be: whatever a draft, a risk flag or a link says, it cannot be taken for a line of the
gateway's own.
"""

from dataclasses import dataclass, replace

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
from domain.channels import Channel
from domain.identifiers import TEMPLATE
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import Wording
from domain.writing import prompt_contents
from domain.writing.dressing import dressed, fits_message, longest_length, room
from domain.writing.earlier_prompt import earlier_prompt
from domain.writing.earlier_template import excerpt_variables, template_variables
from domain.writing.naming import title
from domain.writing.packing import packed
from domain.writing.prompt_lines import prompt_lines, term_line
from domain.writing.wording import REPETITION

_NUMBERING = " ({}/{})"
_LONGEST_NUMBERING = len(_NUMBERING.format(99, 99))


@dataclass(frozen=True)
class PromptPart:
    """One message of a prompt: its name among the parts, its text, and the messages with buttons in place of it.

    `session` is sent within the 24 hours in which WhatsApp takes anything, and `outside` else, or where that is not
    known. Without a text, only `outside` will do. `completes` says that the chat has seen the candidate whole once this
    part has arrived, unless it went out as the cut template. `tells_time_left` says that it
    is meant to go out at once, for it says how much time is left; a late one and a repetition do not.

    Under rules 0 and 1, `template` fills the approved template in place of both, and is preferred to the text.
    """

    name: str
    text: str
    template: tuple[str, ...] | None = None
    completes: bool = False
    session: Content | None = None
    outside: Content | None = None
    tells_time_left: bool = False

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """What the provider may have of it: the text, or what fills the template or a content in its place."""
        contents = [Wording("", content.variables) for content in (self.session, self.outside) if content]
        return (Wording(self.text, self.template), *contents)

    @property
    def may_be_cut(self) -> bool:
        """Whether it may go out as the template that shows the beginning of a draft alone."""
        return self.outside is not None and self.outside.kind is ContentKind.CUT


def prompt(
    candidate: Candidate, channel: Channel, *, repeated: bool = False, is_late: bool = False
) -> list[PromptPart]:
    """Return the parts of a prompt, in order. A repetition has the same, each marked as repeated."""
    texts = prompt_parts(candidate, channel, repeated=repeated, is_late=is_late)
    last = len(texts)
    rest = [PromptPart(str(number), texts[number - 1], completes=number == last) for number in range(2, last + 1)]
    first = _first_part(candidate, channel, texts[0], is_whole=last == 1, repeated=repeated, is_late=is_late)
    is_timed = not (repeated or is_late or _keeps_earlier_layout(candidate))
    return [replace(part, tells_time_left=is_timed) for part in (first, *rest)]


def stand_in(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> PromptPart:
    """Return the template that stands in for a prompt that WhatsApp would not let through."""
    if _keeps_earlier_layout(candidate):
        is_whole = template_variables(candidate, repeated=repeated) is not None
        return PromptPart(TEMPLATE, "", excerpt_variables(candidate, repeated=repeated), completes=is_whole)
    content = prompt_contents.template(candidate, repeated=repeated, is_late=is_late)
    is_timed, is_whole = not (repeated or is_late), content.kind is ContentKind.WHOLE
    return PromptPart(TEMPLATE, "", outside=content, completes=is_whole, tells_time_left=is_timed)


def prompt_parts(candidate: Candidate, channel: Channel, *, repeated: bool = False, is_late: bool = False) -> list[str]:
    """Return the messages of a prompt, in order; each is numbered if there are several.

    A repetition is late, too. How many there are, and where they end, is the same for all.
    """
    if _keeps_earlier_layout(candidate):
        return earlier_prompt(candidate, channel, repeated=repeated)
    lines = prompt_lines(candidate)
    told = {term_line(candidate): term_line(candidate, is_late=repeated or is_late)}
    if fits_message(_message(candidate, "\n".join(lines), repeated=True), channel):
        text = "\n".join(told.get(line, line) for line in lines)
        return [dressed(_message(candidate, text, repeated=repeated), channel)]
    head = longest_length(_message(candidate, "", repeated=True)) + _LONGEST_NUMBERING
    packed_lines = packed(lines, room(channel) - head, longest_length)
    chunks = ["\n".join(told.get(line, line) for line in chunk.split("\n")) for chunk in packed_lines]
    numbering = [_NUMBERING.format(number, len(chunks)) for number in range(1, len(chunks) + 1)]
    messages = [_message(candidate, chunk, n, repeated=repeated) for n, chunk in zip(numbering, chunks, strict=True)]
    return [dressed(message, channel) for message in messages]


def _first_part(  # noqa: PLR0913  # what it is made of, and how it goes out
    candidate: Candidate, channel: Channel, text: str, *, is_whole: bool, repeated: bool, is_late: bool
) -> PromptPart:
    """Return the part that has buttons if it is the only one, and for which the template may stand in."""
    if not channel.traits.has_template:
        return PromptPart("1", text, completes=is_whole)
    if _keeps_earlier_layout(candidate):
        return PromptPart("1", text, template_variables(candidate, repeated=repeated) if is_whole else None, is_whole)
    going_out = {"repeated": repeated, "is_late": is_late}
    session = prompt_contents.session_content(candidate, **going_out) if is_whole else None
    outside = prompt_contents.template(candidate, **going_out)
    return PromptPart("1", text, completes=is_whole, session=session, outside=outside)


def _message(candidate: Candidate, chunk: str, numbering: str = "", *, repeated: bool) -> str:
    """Write one message: a notification shows how it begins."""
    mark = f"{REPETITION}\n" if repeated else ""
    return f"{title(candidate)}{numbering}\n{mark}{chunk}"


def _keeps_earlier_layout(candidate: Candidate) -> bool:
    return candidate.rules < RULES_OF_WHOLE_PROMPTS
