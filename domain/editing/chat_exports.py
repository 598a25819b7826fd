"""Removes the time and the sender that WhatsApp writes before messages in copies and exports.

A copy has them if it contains several messages. The format depends on the app, its language and the
phone's clock; tests/domain/editing/test_chat_exports.py has examples. iMessage copies only the
texts.
"""

import re

_INVISIBLE = "[\u200e\u200f\u202a-\u202e\u2066-\u2069]*"
_SPACE = r"[^\S\n]"
_DAY = r"\d{1,4}[./-] ?\d{1,2}"
_DATE = rf"{_DAY}[./-] ?\d{{1,4}}\.?"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_WORDS = r"[^\d\n\[\]]{0,12}?"
"""Such as PM, p. m., klo or 下午, before or after the time."""

_SENDER = rf"{_INVISIBLE}[^\n:]{{1,80}}?{_SPACE}?:(?:{_SPACE}|$)"
_COPIED = (
    rf"\[(?:(?:{_DATE}|{_DAY}),?{_WORDS}{_TIME}{_WORDS}|{_WORDS}{_TIME}{_WORDS},{_SPACE}?{_DATE})\]{_SPACE}{_SENDER}"
)
_EXPORTED = rf"{_DATE},?{_WORDS}{_TIME}{_WORDS}{_SPACE}[-–]{_SPACE}{_SENDER}"  # noqa: RUF001  # one of the dashes
_HEADER = re.compile(rf"^{_INVISIBLE}(?:{_COPIED}|{_EXPORTED}){_INVISIBLE}", re.MULTILINE)


def without_headers(text: str) -> str:
    """Returns a text without the time and the sender before each message in it."""
    return _HEADER.sub("", text)
