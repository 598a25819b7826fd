"""The number by which an owner names a candidate: four digits, made from its id alone."""

import hashlib

_FIRST = [number for number in range(1000, 10_000) if not 1900 <= number < 2100]  # noqa: PLR2004  # years


def number_of(candidate_id: str) -> str:
    """Return the candidate's number, the same wherever it is named: 1000 to 9999, but no year of these centuries."""
    return longer_number(candidate_id, digits=4)


def longer_number(candidate_id: str, digits: int = 6) -> str:
    """Return more digits of the same number, for where two candidates share its first four."""
    rest, first = divmod(int.from_bytes(hashlib.sha256(candidate_id.encode()).digest(), "big"), len(_FIRST))
    return f"{_FIRST[first]}{rest % 10**8:08d}"[:digits]


def fits(written: str, candidate_id: str) -> bool:
    """Whether an owner's digits, four or more, name the candidate."""
    return len(written) >= 4 and longer_number(candidate_id, 12).startswith(written)  # noqa: PLR2004  # its digits
