"""Parses and normalizes handles, so that one person is the same string in every comparison.

Sources: E.164 for phone numbers. Twilio's business-scoped user id for WhatsApp users who share no
number: a country code, a dot and up to 128 letters and digits. domain/channels.py says which
channel accepts which handle.
"""

import re

_INVISIBLE = r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
"""Format characters that apps copy along with a number: zero width, direction, joiners, byte order.
"""
_AT_AN_END = re.compile(rf"\A[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+\Z")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_PHONE_PUNCTUATION = re.compile(rf"[\s().\-{_INVISIBLE}]")
_BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_TWO_FORMS = {
    "Mexico": ("1", re.compile(r"(\+52)(1?)([2-9][0-9]{9})")),
    "Argentina": ("9", re.compile(r"(\+54)(9?)([1-3][0-9]{9})")),
    "Brazil": ("9", re.compile(r"(\+55[0-9]{2})(9?)([6-9][0-9]{7})")),
}
"""Numbers that WhatsApp knows both with and without a digit. Brazil's landlines, which begin with 2
to 5, have one form."""
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?")


def trimmed(text: str) -> str:
    """Removes white space and invisible characters at both ends."""
    return _AT_AN_END.sub("", text)


def phone(text: str) -> str | None:
    """Parses a phone number with its country code; returns None for anything else."""
    digits = _PHONE_PUNCTUATION.sub("", text)
    return digits if digits.isascii() and _PHONE.fullmatch(digits) else None


def email(text: str) -> str | None:
    """Parses an e-mail address; returns None for anything else."""
    lowered = text.lower()
    return lowered if _EMAIL.fullmatch(lowered) else None


def business_scoped_id(text: str) -> str | None:
    """Parses Twilio's id of a WhatsApp user; returns None for anything else."""
    return text if _BUSINESS_SCOPED_ID.fullmatch(text) else None


def only_form(handle: str) -> tuple[str, ...]:
    """Returns only the handle itself, because it has no other form."""
    return (handle,)


def with_and_without_digit(handle: str) -> tuple[str, ...]:
    """Returns a handle and, if it is a number of the countries above, its other form."""
    for digit, pattern in _TWO_FORMS.values():
        if number := pattern.fullmatch(handle):
            country, given, rest = number.groups()
            return handle, f"{country}{'' if given else digit}{rest}"
    return (handle,)
