"""A prompt, and how a long one is split into numbered messages.

Every line of the draft has a bar in front, even after a break in the line or the message. The rest
of any other broken line has one too. So nothing that a draft, a risk flag or a link contains looks
like a line of the gateway's.
"""

from dataclasses import dataclass, replace

from domain.candidate import RULES_OF_WHOLE_PROMPTS, Candidate
from domain.channels import Channel
from domain.identifiers import TEMPLATE
from domain.sending.content_kinds import Content, ContentKind
from domain.sending.message_search import Wording
from domain.writing import prompt_contents
from domain.writing.earlier_prompt import earlier_prompt
from domain.writing.earlier_template import excerpt_variables, template_variables
from domain.writing.fitting import fits_message, fitted, longest_length, room
from domain.writing.naming import title
from domain.writing.packing import packed
from domain.writing.prompt_lines import prompt_lines, term_line
from domain.writing.wording import REPETITION

_NUMBERING = " ({}/{})"
_LONGEST_NUMBERING = len(_NUMBERING.format(99, 99))


@dataclass(frozen=True)
class PromptPart:
    """One message of a prompt: its name, its text, and the messages with buttons that replace it.

    `session` is sent within the 24 hours in which WhatsApp accepts any message; `outside` is sent
    otherwise, or if that is unknown. Without a text, only `outside` can be sent. `completes` says
    that the chat has seen the whole candidate once this part has arrived, unless it went out as the
    cut template. `tells_time_left` says that the part is meant to go out at once, because it
    contains the time that is left; a late prompt and a repetition do not.

    Under rules 0 and 1, `template` fills the approved template. It replaces `session` and
    `outside`, and is preferred to the text.
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
        """What the provider might have of it: its text, or the variables that replace the text."""
        contents = [Wording("", content.variables) for content in (self.session, self.outside) if content]
        return (Wording(self.text, self.template), *contents)

    @property
    def may_be_cut(self) -> bool:
        """Whether it might go out as the template that shows only the beginning of a draft."""
        return self.outside is not None and self.outside.kind is ContentKind.CUT


def prompt(
    candidate: Candidate, channel: Channel, *, repeated: bool = False, is_late: bool = False
) -> list[PromptPart]:
    """Returns the parts of a prompt, in order; a repetition has the same parts, each marked."""
    texts = prompt_parts(candidate, channel, repeated=repeated, is_late=is_late)
    last = len(texts)
    rest = [PromptPart(str(number), texts[number - 1], completes=number == last) for number in range(2, last + 1)]
    first = _first_part(candidate, channel, texts[0], is_whole=last == 1, repeated=repeated, is_late=is_late)
    is_timed = not (repeated or is_late or _keeps_earlier_layout(candidate))
    return [replace(part, tells_time_left=is_timed) for part in (first, *rest)]


def stand_in(candidate: Candidate, *, repeated: bool = False, is_late: bool = False) -> PromptPart:
    """Returns the template that stands in for a prompt that WhatsApp would not deliver."""
    if _keeps_earlier_layout(candidate):
        is_whole = template_variables(candidate, repeated=repeated) is not None
        return PromptPart(TEMPLATE, "", excerpt_variables(candidate, repeated=repeated), completes=is_whole)
    content = prompt_contents.template(candidate, repeated=repeated, is_late=is_late)
    is_timed, is_whole = not (repeated or is_late), content.kind is ContentKind.WHOLE
    return PromptPart(TEMPLATE, "", outside=content, completes=is_whole, tells_time_left=is_timed)


def prompt_parts(candidate: Candidate, channel: Channel, *, repeated: bool = False, is_late: bool = False) -> list[str]:
    """Returns the messages of a prompt, in order; numbers them if there are several.

    A repetition is late too. All forms have the same number of messages, and the same breaks.
    """
    if _keeps_earlier_layout(candidate):
        return earlier_prompt(candidate, channel, repeated=repeated)
    lines = prompt_lines(candidate)
    told = {term_line(candidate): term_line(candidate, is_late=repeated or is_late)}
    if fits_message(_message(candidate, "\n".join(lines), repeated=True), channel):
        text = "\n".join(told.get(line, line) for line in lines)
        return [fitted(_message(candidate, text, repeated=repeated), channel)]
    head = longest_length(_message(candidate, "", repeated=True)) + _LONGEST_NUMBERING
    packed_lines = packed(lines, room(channel) - head, longest_length)
    chunks = ["\n".join(told.get(line, line) for line in chunk.split("\n")) for chunk in packed_lines]
    numbering = [_NUMBERING.format(number, len(chunks)) for number in range(1, len(chunks) + 1)]
    messages = [_message(candidate, chunk, n, repeated=repeated) for n, chunk in zip(numbering, chunks, strict=True)]
    return [fitted(message, channel) for message in messages]


def _first_part(  # noqa: PLR0913  # its contents, and how it goes out
    candidate: Candidate, channel: Channel, text: str, *, is_whole: bool, repeated: bool, is_late: bool
) -> PromptPart:
    """Returns the first part, for which a template can stand in.

    It has buttons if it is the only part.
    """
    if not channel.traits.has_template:
        return PromptPart("1", text, completes=is_whole)
    if _keeps_earlier_layout(candidate):
        return PromptPart("1", text, template_variables(candidate, repeated=repeated) if is_whole else None, is_whole)
    going_out = {"repeated": repeated, "is_late": is_late}
    session = prompt_contents.session_content(candidate, **going_out) if is_whole else None
    outside = prompt_contents.template(candidate, **going_out)
    return PromptPart("1", text, completes=is_whole, session=session, outside=outside)


def _message(candidate: Candidate, chunk: str, numbering: str = "", *, repeated: bool) -> str:
    """Writes one message; the title comes first, because a notification shows the beginning."""
    mark = f"{REPETITION}\n" if repeated else ""
    return f"{title(candidate)}{numbering}\n{mark}{chunk}"


def _keeps_earlier_layout(candidate: Candidate) -> bool:
    return candidate.rules < RULES_OF_WHOLE_PROMPTS
