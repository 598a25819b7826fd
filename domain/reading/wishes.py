"""What an owner dislikes or wants changed, in words that are not a command.

It becomes the note of the command that would work.
"""

import re
from collections.abc import Iterator
from functools import cache

from domain.conversation.numbers import is_number
from domain.reading.notes import says_why
from domain.reading.owner_texts import is_instruction
from domain.reading.phrases import phrases, written
from domain.reading.requests import Hedge
from domain.reading.sentences import sentence
from domain.reading.words import ENGLISH, Language

_LONGEST = 80
_MOST_WORDS_BEFORE = 8
_MOST_WORDS_OF_BEGINNING = 4

_FORMATS = re.compile("[*_~`]")
"""A text with these is shown with marks, so a command that is copied from there has another note.
"""
_NUMBER = re.compile(r"#?\b(\d{4,12})\b")
_FIRST_NUMBER = re.compile(r"^\s*#?\d{4,12}[\s,.:;-]*")
_BEFORE_WISH = re.compile("[bptfkyYaPoxq&#,.:;]*")
_BEFORE_REASON = re.compile("[bptf]*(?:[sS]o?|[nNzd])(?:x{0,2}#)?[,.:;]*")
_SKIP_AND_MARK = re.compile("[bptf]*[sS]o?(?:x{0,2}#)?[,.:;]+")


def wish(text: str, language: Language) -> Hedge | None:
    """Reads `can you make it shorter?`, `4821 too long` or `skip it, too salesy`.

    Returns None for anything else.
    """
    if len(text) > _LONGEST or _FORMATS.search(text):
        return None
    names = tuple(name for name in phrases(text, language).names if is_number(name))
    if len(names) > 1:
        return None
    body = " ".join((_FIRST_NUMBER.sub("", text) if names else text).split())
    for head, tail in _splits(body):
        signs = phrases(head, language).signs
        skips = _BEFORE_REASON.fullmatch(signs) is not None
        wanted = _wanted(tail, language) if skips or _BEFORE_WISH.fullmatch(signs) else None
        if wanted is None and _SKIP_AND_MARK.fullmatch(signs) and says_why(tail, language):
            wanted = tail
        if wanted:
            return Hedge(names, note=wanted.rstrip("?"), skips=skips and not is_instruction(wanted, language))
    return None


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Yields the splits before the first word, and after each of the first words."""
    yield "", text
    for word in list(re.finditer(r"\S+\s+", text))[:_MOST_WORDS_BEFORE]:
        yield text[: word.end()], text[word.end() :]


def _wanted(text: str, language: Language) -> str | None:
    """Returns what a text wants changed, without `can you`.

    A text that is a verdict without `can you`, such as `delete it`, wants nothing changed.
    """
    asked = _after(text, (*language.asking, *ENGLISH.asking))
    beginnings = (*language.wishes, *ENGLISH.wishes)
    if asked is not None:
        beginnings = (*beginnings, *language.wishes_after_asking, *ENGLISH.wishes_after_asking)
    wanted = _NUMBER.sub("it", text if asked is None else asked)
    is_verdict = asked is not None and sentence(phrases(wanted, language)) is not None
    return wanted if _after(wanted, beginnings) is not None and not is_verdict else None


def _after(text: str, beginnings: tuple[str, ...]) -> str | None:
    """Returns what follows one of these phrases at the beginning of a text."""
    words, known = text.split(), _folded(beginnings)
    for count in range(min(len(words), _MOST_WORDS_OF_BEGINNING), 0, -1):
        if written(" ".join(words[:count])).rstrip(".,!?") in known:
            return " ".join(words[count:])
    return None


@cache
def _folded(beginnings: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(written, beginnings))
