"""Moments as other people's programs write them."""

from datetime import UTC, datetime

_MILLISECONDS_FROM = 1e11
"""A number of seconds this large is in the year 5138; of milliseconds, in 1973."""


def moment(written: str | float | None) -> datetime | None:
    """Reads ISO 8601, or seconds or milliseconds since 1970; None if it is neither. Without a zone it is UTC."""
    if written is None:
        return None
    try:
        number = float(written)
    except ValueError:
        return _date(str(written).strip())
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _date(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
