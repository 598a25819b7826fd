"""Tapbacks that come as text: `Liked "…"`, in the languages of phones.

They come so by SMS and RCS, and through bridges that lose what a reaction is. A form must be the whole message. It
is matched leniently: any quotation mark, dash and white space for any other, the first letter in either case, and
invisible marks anywhere. Anybody may write what is read here: a run of white space becomes one character first, so
that no two pieces of a pattern can share it out in many ways.
"""

import re
from collections.abc import Iterator
from functools import cache

from domain.conversation.tapback_forms import FORMS, SEPARATOR

_MARKS = "\"'“”„‟‘’‚‛«»‹›「」『』״″＂"  # noqa: RUF001  # the quotation marks of the languages
_LONGEST = 20_000
"""Characters: no message of ours that could be quoted is longer."""
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MORE_SPACE = re.compile(r"(?<=\s)\s+")
_ATTACHMENT = r"an? (?:image|movie|photo|video|sticker|attachment|audio message)|una imagen"
"""What stands in for the quotation of a message that has no text."""

_PATTERNS = {
    '"%s"': rf"(?:\s?[{_MARKS}]\s?\S(?:.*\S)?\s?[{_MARKS}]\s?|\s?(?:{_ATTACHMENT}))",
    "%s": r"\S(?:.*\S)?",
    "%e": rf"[^\w\s{_MARKS}.,:;!?()]{{1,20}}",
    '"': rf"\s?[{_MARKS}]\s?",
    "-": "[\\-\u2010-\u2015]",
    " ": r"\s?",
}
_TOKEN = re.compile('"%s"|%s|%e|.', re.DOTALL)


def is_tapback(text: str) -> bool:
    """Whether a whole message is a tapback; one that is longer than a tapback can be is none."""
    if len(text) > _LONGEST:
        return False
    visible = _MORE_SPACE.sub("", _INVISIBLE.sub("", text).strip())
    return any(form.fullmatch(visible) for form in _forms())


def prepare() -> None:
    """Compiles the table, which takes a third of a second: without this, the first message would wait for it."""
    _forms()


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[re.Pattern[str]]:
    for block in FORMS:
        for form in block.replace("\n", SEPARATOR).split(SEPARATOR):
            if form.strip():
                yield _pattern(form.strip())


def _pattern(form: str) -> re.Pattern[str]:
    first, *rest = _TOKEN.findall(form)
    start = f"[{first}{first.lower()}]" if first.isalpha() else _piece(first)
    return re.compile("".join([start, *map(_piece, rest), r"\.?"]), re.DOTALL)


def _piece(token: str) -> str:
    return _PATTERNS.get(token, re.escape(token))
