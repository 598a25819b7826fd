"""Tapbacks that come as text: `Liked "…"`, in the languages of phones.

They come so by SMS and RCS, and through bridges that lose what a reaction is. A form must be the whole message. It
is matched leniently: any quotation mark, dash and white space for any other, the first letter in either case, and
invisible marks anywhere. Anybody may write what is read here: a run of white space becomes one character first, so
that no two pieces of a pattern can share it out in many ways.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from domain.tapback_forms import GIVEN, REMOVED, SEPARATOR

_MARKS = "\"'“”„‟‘’‚‛«»‹›「」『』״″＂"  # noqa: RUF001  # the quotation marks of the languages
_LONGEST = 20_000
"""Characters: no message of ours that could be quoted is longer."""
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MORE_SPACE = re.compile(r"(?<=\s)\s+")
_ATTACHMENT = r"an? (?:image|movie|photo|video|sticker|attachment|audio message)|una imagen"
"""What stands in for the quotation of a message that has no text."""

_PATTERNS = {
    '"%s"': rf"(?:\s?[{_MARKS}]\s?(?P<quoted>\S(?:.*\S)?)\s?[{_MARKS}]\s?|\s?(?:{_ATTACHMENT}))",
    "%s": r"(?P<quoted>\S(?:.*\S)?)",
    "%e": rf"(?P<emoji>[^\w\s{_MARKS}.,:;!?()]{{1,20}})",
    '"': rf"\s?[{_MARKS}]\s?",
    "-": "[\\-\u2010-\u2015]",
    " ": r"\s?",
}
_TOKEN = re.compile('"%s"|%s|%e|.', re.DOTALL)


class Reaction(StrEnum):
    LOVE = "love"
    LIKE = "like"
    DISLIKE = "dislike"
    LAUGH = "laugh"
    EMPHASIS = "emphasis"
    QUESTION = "question"
    EMOJI = "emoji"
    STICKER = "sticker"


@dataclass(frozen=True)
class Tapback:
    """What a tapback says; of several reactions where languages share a form.

    `quoted` is None for a reaction to an image or the like; it and `emoji` come without invisible marks and runs of
    white space.
    """

    reactions: frozenset[Reaction]
    removed: bool
    quoted: str | None = None
    emoji: str | None = None


def read(text: str) -> Tapback | None:
    """Reads a whole message; None if it is no tapback, or longer than one can be."""
    if len(text) > _LONGEST:
        return None
    visible = _MORE_SPACE.sub("", _INVISIBLE.sub("", text).strip())
    found = [
        (reaction, removed, match.groupdict())
        for reaction, removed, form in _forms()
        if (match := form.fullmatch(visible))
    ]
    if not found:
        return None
    _, removed, groups = found[0]
    return Tapback(frozenset(each[0] for each in found), removed, groups.get("quoted"), groups.get("emoji"))


def prepare() -> None:
    """Compiles the table, which takes a third of a second: without this, the first message would wait for it."""
    _forms()


@cache
def _forms() -> tuple[tuple[Reaction, bool, re.Pattern[str]], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[Reaction, bool, re.Pattern[str]]]:
    for removed, table in ((False, GIVEN), (True, REMOVED)):
        for reaction, block in table.items():
            for form in block.replace("\n", SEPARATOR).split(SEPARATOR):
                if form.strip():
                    yield Reaction(reaction), removed, _pattern(form.strip())


def _pattern(form: str) -> re.Pattern[str]:
    first, *rest = _TOKEN.findall(form)
    start = f"[{first}{first.lower()}]" if first.isalpha() else _piece(first)
    return re.compile("".join([start, *map(_piece, rest), r"\.?"]), re.DOTALL)


def _piece(token: str) -> str:
    return _PATTERNS.get(token, re.escape(token))
