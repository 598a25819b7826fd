"""Addresses, normalised once, so that one person is one string wherever it is compared.

Sources: E.164 for phone numbers; Twilio's business-scoped user id, a country code, a dot and up to 128 letters and
digits, for WhatsApp users who share no number.
"""

import re

from domain.candidate import Approver, Channel
from domain.errors import InvalidAddressError

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_PHONE_PUNCTUATION = re.compile(r"[\s().\-]")
_BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?")


def whatsapp(address: str) -> Approver:
    """Read `whatsapp:+<E.164>` or `whatsapp:<CC>.<alnum>`; raises InvalidAddressError for anything else."""
    scheme, _, handle = address.strip().partition(":")
    if scheme.lower() == Channel.WHATSAPP:
        if _BUSINESS_SCOPED_ID.fullmatch(handle):
            return Approver(Channel.WHATSAPP, handle)
        if phone := _phone(handle):
            return Approver(Channel.WHATSAPP, phone)
    raise InvalidAddressError("use whatsapp:+<country code and number> or Twilio's whatsapp:<CC>.<id>")


def imessage(address: str) -> Approver:
    """Read an e-mail address or a phone number with country code; raises InvalidAddressError for anything else."""
    handle = address.strip()
    if email := _EMAIL.fullmatch(handle.lower()):
        return Approver(Channel.IMESSAGE, email.group())
    if phone := _phone(handle):
        return Approver(Channel.IMESSAGE, phone)
    raise InvalidAddressError("use an e-mail address or a phone number that begins with + and the country code")


def _phone(text: str) -> str | None:
    digits = _PHONE_PUNCTUATION.sub("", text)
    return digits if digits.isascii() and _PHONE.fullmatch(digits) else None
