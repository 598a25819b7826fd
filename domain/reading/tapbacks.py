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

from domain.reading.tapback_forms import FORMS, SEPARATOR

_ALIKE = {
    ord(mark): alike
    for alike, marks in {
        '"': "'“”„‟‘’‚‛«»‹›「」『』״″＂",  # noqa: RUF001  # the quotation marks of the languages
        "-": "\u2010\u2011\u2012\u2013\u2014\u2015",
    }.items()
    for mark in marks
}
"""One character for one, so that what is quoted stands where it stood."""
_LONGEST = 20_000
"""Characters: no message of ours that could be quoted is longer."""
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MORE_SPACE = re.compile(r"(?<=\s)\s+")
_ATTACHMENT = r"an? (?:image|movie|photo|video|sticker|attachment|audio message)|una imagen"
"""What stands in for the quotation of a message that has no text."""

_PATTERNS = {
    '"%s"': rf'(?:\s?"\s?(?P<quoted>\S(?:.*\S)?)\s?"\s?|\s?(?:{_ATTACHMENT}))',
    "%s": r"(?P<quoted>\S(?:.*\S)?)",
    "%e": r'(?P<emoji>[^\w\s".,:;!?()]{1,20})',
    '"': r'\s?"\s?',
    " ": r"\s?",
}
_TOKEN = re.compile('"%s"|%s|%e|.', re.DOTALL)


class Reaction(StrEnum):
    LIKE = "like"
    DISLIKE = "dislike"
    QUESTION = "question"
    OTHER = "other"
    """Means nothing here: a heart, a laugh, one that was taken back, or one of several that have the same words."""


_GIVEN = {"like given": Reaction.LIKE, "dislike given": Reaction.DISLIKE, "question given": Reaction.QUESTION}
_EMOJIS = {"👍": Reaction.LIKE, "👎": Reaction.DISLIKE, "❓": Reaction.QUESTION, "❔": Reaction.QUESTION}
_ADORNMENTS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
"""What may follow an emoji: how it is drawn, and the colour of the skin."""


@dataclass(frozen=True)
class Tapback:
    """A reaction to the message that is quoted, perhaps in part."""

    reaction: Reaction
    quoted: str


def is_tapback(text: str) -> bool:
    """Whether a whole message is a tapback; one that is longer than a tapback can be is none."""
    alike = visible(text).translate(_ALIKE)
    return any(form.fullmatch(alike) for _, form in _forms())


def tapback(text: str) -> Tapback | None:
    """Read a tapback; None for anything else, for one that quotes nothing, and where it is unclear what is quoted."""
    seen = visible(text)
    alike = seen.translate(_ALIKE)
    matches = ((name, form.fullmatch(alike)) for name, form in _forms())
    found = {tapback for name, match in matches if match and (tapback := _read(name, match, seen))}
    quoted = {tapback.quoted for tapback in found}
    if len(quoted) != 1:
        return None
    return next(iter(found)) if len(found) == 1 else Tapback(Reaction.OTHER, quoted.pop())


def visible(text: str) -> str:
    """Return a text as its quotation is compared; nothing of one that is longer than any message of ours."""
    return "" if len(text) > _LONGEST else _MORE_SPACE.sub("", _INVISIBLE.sub("", text).strip())


def _read(name: str, match: re.Match[str], seen: str) -> Tapback | None:
    groups = match.groupdict()
    if not groups.get("quoted"):
        return None
    if name == "emoji given":
        reaction = _EMOJIS.get(_ADORNMENTS.sub("", groups["emoji"]), Reaction.OTHER)
    else:
        reaction = _GIVEN.get(name, Reaction.OTHER)
    return Tapback(reaction, seen[slice(*match.span("quoted"))].strip())


def prepare() -> None:
    """Compiles the table, which takes a tenth of a second: without this, the first message would wait for it."""
    _forms()


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, block in FORMS.items():
        for form in block.replace("\n", SEPARATOR).split(SEPARATOR):
            if form.strip():
                yield name, _pattern(form.strip())


def _pattern(form: str) -> re.Pattern[str]:
    first, *rest = _TOKEN.findall(form)
    start = f"[{first}{first.lower()}]" if first.isalpha() else _piece(first)
    return re.compile("".join([start, *map(_piece, rest), r"\.?"]), re.DOTALL)


def _piece(token: str) -> str:
    return _PATTERNS.get(token, re.escape(token))
