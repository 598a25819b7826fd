"""Reads tapbacks that arrive as text: `Liked "…"`, in the languages of phones.

SMS and RCS send them so, and bridges that lose a reaction's type. A whole message must match a
form. The match is lenient: it accepts any quotation mark, dash and white space in place of another,
the first letter in either case, and invisible marks anywhere. Anybody can write such a message, so
each run of white space is reduced to one character first: otherwise the pieces of a pattern could
share it in many ways.
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
"""One character replaces one, so that the quoted text keeps its place."""
_LONGEST = 20_000
"""In characters; no message of ours that can be quoted is longer."""
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MORE_SPACE = re.compile(r"(?<=\s)\s+")
_ATTACHMENT = r"an? (?:image|movie|photo|video|sticker|attachment|audio message)|una imagen"
"""Replaces the quotation of a message without text."""

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
    """Means nothing here: a heart, a laugh, a reaction that was taken back, or several with the
    same words."""


_GIVEN = {"like given": Reaction.LIKE, "dislike given": Reaction.DISLIKE, "question given": Reaction.QUESTION}
_EMOJIS = {"👍": Reaction.LIKE, "👎": Reaction.DISLIKE, "❓": Reaction.QUESTION, "❔": Reaction.QUESTION}
_ADORNMENTS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
"""Characters that follow an emoji: its style, and the color of the skin."""


@dataclass(frozen=True)
class Tapback:
    """A reaction to the message that is quoted, perhaps in part."""

    reaction: Reaction
    quoted: str


def is_tapback(text: str) -> bool:
    """Returns whether a whole message is a tapback; False if it is longer than any tapback."""
    alike = visible(text).translate(_ALIKE)
    return any(form.fullmatch(alike) for _, form in _forms())


def tapback(text: str) -> Tapback | None:
    """Reads a tapback; returns None for anything else.

    A tapback that quotes nothing, or whose quotation is ambiguous, also returns None.
    """
    seen = visible(text)
    alike = seen.translate(_ALIKE)
    matches = ((name, form.fullmatch(alike)) for name, form in _forms())
    found = {tapback for name, match in matches if match and (tapback := _read(name, match, seen))}
    quoted = {tapback.quoted for tapback in found}
    if len(quoted) != 1:
        return None
    return next(iter(found)) if len(found) == 1 else Tapback(Reaction.OTHER, quoted.pop())


def visible(text: str) -> str:
    """Returns a text as quotations are compared; empty if it is longer than any message of ours."""
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
    """Compiles the table, so that the first message does not wait for it: it takes 0.1 s."""
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
