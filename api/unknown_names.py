"""Names that a caller sent and that nothing here knows, with suggestions."""

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

_LONGEST_NAME = 64
_MOST_WARNINGS = 10
_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,64}")
_LEAST_LIKENESS = 0.7


def shown(name: str) -> str:
    """Returns a name that is safe to show.

    It is cut, and has no characters that break a line or cannot be encoded.
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in name[:_LONGEST_NAME])


def suggestion(name: str, known: Collection[str]) -> str:
    """Suggests a similar known name; empty if there is none."""
    near = get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1, cutoff=_LEAST_LIKENESS)
    return f"; did you mean {near[0]}?" if near else ""


def ignored(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Returns a warning for each of the first ten ignored fields."""
    return [f"{shown(name)} is not known and was ignored{suggestion(name, known)}" for name in names[:_MOST_WARNINGS]]


def loggable(names: Iterable[str]) -> list[str]:
    """Returns the names, of the first ten, that cannot be somebody's text."""
    return [name for name in islice(names, _MOST_WARNINGS) if _PLAIN_NAME.fullmatch(name)]
