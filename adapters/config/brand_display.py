"""A brand's name and time zone, as its owners see them, from BRANDS_FILE or the settings."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from domain.blank_text import is_blank

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _one_line(name: str) -> str:
    if is_blank(name) or _CONTROL.search(name):
        raise ValueError("must be one line, with a visible character and without tabs")
    return name


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, such as America/Mexico_City") from None
    return name


BrandName = Annotated[str, StringConstraints(strip_whitespace=True), Field(max_length=60), AfterValidator(_one_line)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
