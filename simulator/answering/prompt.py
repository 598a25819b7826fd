"""Reads a message on the phone as a prompt, if it is one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.world import Channel, ChatMessage

_MARK = "\u034f"
_BAR, _LINE_BREAK = "│", " ⏎ "
_TITLE = re.compile(
    r".+ on (?:X|Reddit|LinkedIn) · (?P<number>\d{4})(?!\d)(?: \((?P<part>\d+)/(?P<parts>\d+)\))?", re.DOTALL
)
_ID = re.compile(r"^Id: (\S+)$", re.MULTILINE)
_BUTTON = re.compile(r"(?P<verb>approve|show) (?P<id>\S+)")


@dataclass(frozen=True)
class Prompt:
    """The draft as far as this chat shows it.

    Only the last part, and messages with buttons, contain the id.
    """

    channel: Channel
    address: str
    number: str
    draft: str
    candidate_id: str | None
    is_cut: bool

    @property
    def is_whole(self) -> bool:
        return self.candidate_id is not None and not self.is_cut


@dataclass(frozen=True)
class _Part:
    number: str
    place: int
    count: int
    draft: str


def read(message: ChatMessage, shown: Iterable[ChatMessage]) -> Prompt | None:
    """Reads a message; None if it is no prompt. `shown` contains a long one's earlier parts."""
    part = _part(message)
    if part is None:
        return None
    buttons = [match for button in message.buttons if (match := _BUTTON.fullmatch(button.id))]
    written = _ID.findall(_without_draft(message.text)) if part.place == part.count else []
    ids = [button["id"] for button in buttons] + written
    return Prompt(
        channel=message.channel,
        address=message.address,
        number=part.number,
        draft="\n".join([*_earlier(message, part, shown), part.draft]),
        candidate_id=ids[-1] if ids else None,
        is_cut=any(button["verb"] == "show" for button in buttons),
    )


def says_expired(text: str, number: str) -> bool:
    """Returns whether a receipt, for one draft or several, says that this draft has expired."""
    return bool(re.search(rf"^(?:Expired at .*: {number} “|{number} “.*: expired at )", text, re.MULTILINE))


def says_not_seen(text: str, number: str) -> bool:
    """Returns whether the gateway asks again, unaware that the whole draft had arrived."""
    return bool(re.match(rf"Nothing was decided: you have not seen all of {number} “", text))


def _part(message: ChatMessage) -> _Part | None:
    text = message.text.replace(_MARK, "")
    title = _TITLE.match(text.partition("\n")[0])
    if message.direction != "in" or title is None:
        return None
    place, count = int(title["part"] or 1), int(title["parts"] or 1)
    return _Part(title["number"], place, count, "\n".join(_draft_lines(text, in_one_line=bool(message.buttons))))


def _draft_lines(text: str, *, in_one_line: bool) -> Iterator[str]:
    for line in text.split("\n"):
        if line.startswith(_BAR):
            shown = line[len(_BAR) :].removeprefix(" ")
            yield shown.replace(_LINE_BREAK, "\n") if in_one_line else shown


def _without_draft(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(_BAR))


def _earlier(message: ChatMessage, part: _Part, shown: Iterable[ChatMessage]) -> list[str]:
    """Returns the draft's lines in the parts before this one, in order."""
    if part.place == 1:
        return []
    drafts: dict[int, str] = {}
    for other in shown:
        if (other.channel, other.address) != (message.channel, message.address) or not other.arrives:
            continue
        found = _part(other) if f"· {part.number} (" in other.text else None
        if found and (found.number, found.count) == (part.number, part.count):
            drafts[found.place] = found.draft
    return [drafts[place] for place in range(1, part.place) if place in drafts]
