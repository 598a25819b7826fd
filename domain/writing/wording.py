"""How moments, drafts and foreign strings look in everything that an owner reads."""

import re
from datetime import UTC, datetime, timedelta, timezone

from domain.writing.hidden import revealed

QUOTE = "│ "
REPETITION = "(repeated, in case the first did not arrive)"

_OPENING = re.compile(r"(?:(?<=[\s(\[{])|^)[\"＂]")  # noqa: RUF001  # a quotation mark
_INNER = str.maketrans({**dict.fromkeys("“„‟〝", "‘"), **dict.fromkeys('”〞〟"＂', "’")})  # noqa: RUF001  # quotation marks
"""Marks that can open or close a quotation, as single marks; the place of a straight one tells
which."""


def clock(moment: datetime) -> str:
    """Writes a moment with its day and zone: `Mon 24 Nov 14:05 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %H:%M} UTC"


def quoted_lines(text: str) -> list[str]:
    """Sets a text off with a bar before each line, after any kind of line break."""
    return [QUOTE + line for line in revealed(text).text.split("\n")]


def one_line(text: str) -> str:
    """Writes a foreign string so that it cannot break a line, and hides nothing."""
    return " ".join(revealed(text).text.split())


def quoted(line: str) -> str:
    """Quotes a line; double marks in it become single, so that none seems to end the quotation."""
    return f"“{_OPENING.sub('‘', line).translate(_INNER)}”"  # noqa: RUF001  # typographic quotation marks


def shortened(line: str, longest: int) -> str:
    """Cuts a line to a number of characters, preferably at a space."""
    if len(line) <= longest:
        return line
    cut = line[:longest]
    return f"{cut.rpartition(' ')[0] or cut}…"


def utf16_length(text: str) -> int:
    """Counts as Twilio and WhatsApp do, where an emoji counts as two or more."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def characters(count: int) -> str:
    return f"{count} character{'' if count == 1 else 's'}"


def local_clock(moment: datetime, now: datetime, offset: timedelta | None) -> str:
    """Writes a moment as the owner's clock shows it: `17:53`, or `17:53 on Mon 24 Nov`.

    The day is left out if it is today. Without the owner's offset from UTC, the moment is in UTC,
    and says so.
    """
    zone = UTC if offset is None else timezone(offset)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    day = "" if local.date() == today else f" on {local:%a} {local.day} {local:%b}"
    return f"{local:%H:%M}{' UTC' if offset is None else ''}{day}"


def time_left(span: timedelta) -> str:
    """Writes a duration in the two units that matter: `14 min`, `2 h 5 min`, `3 days`."""
    minutes = max(0, span // timedelta(minutes=1))
    days, hours = span // timedelta(days=1), span // timedelta(hours=1)
    if minutes < 1:
        return "less than a minute"
    if hours < 1:
        return f"{minutes} min"
    if days < 2:  # noqa: PLR2004  # from two days on, hours do not matter
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} days"
