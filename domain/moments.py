"""Parses moments as other programs write them."""

from datetime import UTC, datetime, timedelta

_MILLISECONDS_FROM = 1e11
"""As seconds, this is in the year 5138; as milliseconds, in 1973."""

_MESSAGES_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_MESSAGES_NANOSECONDS = 1e16, 1.2e18
"""From April 2001 to 2039. Nanoseconds since 1970 are larger by now, and milliseconds are smaller.
"""


def moment(written: str | float | None) -> datetime | None:
    """Parses ISO 8601, or seconds or milliseconds since 1970; returns None for anything else.

    A moment without a zone is in UTC.
    """
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
    """Parses only what has one meaning; returns None for a date without a zone.

    Such a date might be local time. Nanoseconds since 2001, as Messages stores them, are parsed
    too.
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
