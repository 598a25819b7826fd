"""Names that a caller sent and nothing here knows, and what they may mean."""

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

_LONGEST_NAME = 64
_MOST_WARNINGS = 10
_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,64}")
_LEAST_LIKENESS = 0.7


def shown(name: str) -> str:
    """Return a name as an answer may show it: cut, and without characters that break a line or cannot be encoded."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name[:_LONGEST_NAME])


def suggestion(name: str, known: Collection[str]) -> str:
    """Ask whether a known name was meant; empty where none is near."""
    near = get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1, cutoff=_LEAST_LIKENESS)
    return f"; did you mean {near[0]}?" if near else ""


def ignored(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Say of fields that they were ignored, of the first ten."""
    return [f"{shown(name)} is not known and was ignored{suggestion(name, known)}" for name in names[:_MOST_WARNINGS]]


def loggable(names: Iterable[str]) -> list[str]:
    """Return the names that are surely no text of somebody's, of the first ten."""
    return [name for name in islice(names, _MOST_WARNINGS) if _PLAIN_NAME.fullmatch(name)]
