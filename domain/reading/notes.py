"""What follows the number of a draft to skip or rewrite: a note for core, or what cancels it."""

import re

from domain.reading.phrases import phrases, written
from domain.reading.words import ENGLISH, Language

_LONGEST = 2000
_NUMBERS_AND_MARKS = re.compile(r"[\d_#,.:;!?()\[\]-]+")
_WORD = re.compile(r"\w+")
_SAYS_SOMETHING = re.compile("[wqd]")
"""A note has a word that belongs to no command."""
_UNSAYS_A_SKIP = re.compile("[#uQ@ei?]|^x|(?:^|[,.;:])[bptfv&]*[aAPsSyYnzNkr]")
"""Another name, a question, a regret or a delay; a verdict at the beginning or after a mark; `to
legal`."""
_UNSAYS_A_REDO = re.compile("[bptfv&]*[#@uQeiaAsSyYzNkr,.;:]")


def takes_note(command: str, language: Language) -> bool:
    """Returns whether a command rejects with words that a note can follow without a colon."""
    words = _NUMBERS_AND_MARKS.sub(" ", written(command)).split()
    return any(written(verb) in words for verb in (*language.noted, *ENGLISH.noted))


def says_why(text: str, language: Language) -> bool:
    """Returns whether a text says why a draft is skipped.

    A condition or a verdict does not; after a colon, it would be a note.
    """
    signs = _signs(text, language)
    is_unsaid = _UNSAYS_A_SKIP.search(signs) or _has_condition(text, language)
    return _SAYS_SOMETHING.search(signs) is not None and not is_unsaid


def says_what(text: str, language: Language) -> bool:
    """Returns whether a text says what to change."""
    signs = _signs(text, language)
    return _SAYS_SOMETHING.search(signs) is not None and not _UNSAYS_A_REDO.match(signs)


def _signs(text: str, language: Language) -> str:
    return phrases(text[:_LONGEST], language).signs


def _has_condition(text: str, language: Language) -> bool:
    words = _spaced(text[:_LONGEST])
    return any(_spaced(condition) in words for condition in (*language.conditions, *ENGLISH.conditions))


def _spaced(text: str) -> str:
    return f" {' '.join(_WORD.findall(written(text)))} "
