"""Moments as other people's programs write them."""

from datetime import UTC, datetime, timedelta

_MILLISECONDS_FROM = 1e11
"""A number of seconds this large is in the year 5138; of milliseconds, in 1973."""

_MESSAGES_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_MESSAGES_NANOSECONDS = 1e16, 1.2e18
"""From April 2001 to 2039; nanoseconds since 1970 are more by now, and milliseconds are fewer."""


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


def certain_moment(written: str | float) -> datetime | None:
    """Reads what means one moment only; None for a date without a zone, which may be local time.

    Nanoseconds since 2001, as Messages keeps them, are read, too.
    """
    try:
        number = float(written)
    except ValueError:
        return moment(written) if _has_zone(str(written).strip()) else None
    least, most = _MESSAGES_NANOSECONDS
    if least <= number <= most:
        return _MESSAGES_EPOCH + timedelta(seconds=number / 1e9)
    return moment(number)


def _has_zone(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _date(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
