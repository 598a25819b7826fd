"""Moments as foreign programs write them."""

from datetime import UTC, datetime

_MILLISECONDS_FROM = 1e11
"""A number this large counts milliseconds since 1970: in seconds it is the year 5138."""


def read(written: str | float | None) -> datetime | None:
    """Read ISO 8601 or a Unix time, in seconds or milliseconds; None for anything else. Without a zone it is UTC."""
    try:
        number = float(written or "")
    except ValueError:
        return _iso(str(written or ""))
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
