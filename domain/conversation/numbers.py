"""The number by which an owner names a candidate: four digits made from its id, in every chat."""

import hashlib

_SHORTEST, _LONGEST = 4, 12
_FIRST, _YEARS_FROM, _YEARS_UNTIL, _LAST = 1000, 1900, 2099, 9999
_YEARS = _YEARS_UNTIL - _YEARS_FROM + 1
_DIGITS = frozenset("0123456789")


def number_of(candidate_id: str) -> str:
    """Returns the candidate's number, 1000 to 9999, but never a year (1900 to 2099)."""
    return _digits_of(candidate_id)[:_SHORTEST]


def longer_number(candidate_id: str, digits: int = 6) -> str:
    """Returns more digits of the candidate's number, at most 12.

    They tell it from another candidate with the same four digits.
    """
    return _digits_of(candidate_id)[: max(_SHORTEST, digits)]


def is_number(text: str) -> bool:
    """Returns whether a text can be a candidate's number, short or longer."""
    if not _SHORTEST <= len(text) <= _LONGEST or not _DIGITS.issuperset(text):
        return False
    start = int(text[:_SHORTEST])
    return start >= _FIRST and not _YEARS_FROM <= start <= _YEARS_UNTIL


def fits(written: str, candidate_id: str) -> bool:
    """Returns whether a number is this candidate's, short or longer."""
    return is_number(written) and _digits_of(candidate_id).startswith(written)


def _digits_of(candidate_id: str) -> str:
    """Returns 12 digits; every allowed number is equally likely."""
    rest, start = divmod(int.from_bytes(hashlib.sha256(candidate_id.encode()).digest()), _LAST - _FIRST + 1 - _YEARS)
    start += _FIRST
    if start >= _YEARS_FROM:
        start += _YEARS
    more = _LONGEST - _SHORTEST
    return f"{start}{rest % 10**more:0{more}}"
