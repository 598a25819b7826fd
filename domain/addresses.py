"""Addresses, normalised once, so that one person is one string wherever it is compared.

Sources: E.164 for phone numbers; Twilio's business-scoped user id, a country code, a dot and up to 128 letters and
digits, for WhatsApp users who share no number.
"""

import re

from domain.candidate import Approver, Channel
from domain.errors import InvalidAddressError

_INVISIBLE = r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
"""Format characters, which apps copy together with a number: zero width, direction, joiners, byte order."""
_AT_AN_END = re.compile(rf"\A[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+\Z")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_PHONE_PUNCTUATION = re.compile(rf"[\s().\-{_INVISIBLE}]")
_BUSINESS_SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_TWO_FORMS = {
    "Mexico": ("1", re.compile(r"(\+52)(1?)([2-9][0-9]{9})")),
    "Argentina": ("9", re.compile(r"(\+54)(9?)([1-3][0-9]{9})")),
    "Brazil": ("9", re.compile(r"(\+55[0-9]{2})(9?)([6-9][0-9]{7})")),
}
"""Numbers that WhatsApp knows with a digit and without it. Brazil's landlines, which begin with 2 to 5, are not."""
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?")


def whatsapp(address: str) -> Approver:
    """Read `whatsapp:+<E.164>` or `whatsapp:<CC>.<alnum>`; raises InvalidAddressError for anything else."""
    scheme, _, handle = trimmed(address).partition(":")
    if scheme.lower() == Channel.WHATSAPP:
        handle = trimmed(handle)
        if _BUSINESS_SCOPED_ID.fullmatch(handle):
            return Approver(Channel.WHATSAPP, handle)
        if phone := _phone(handle):
            return Approver(Channel.WHATSAPP, phone)
    raise InvalidAddressError("use whatsapp:+<country code and number> or Twilio's whatsapp:<CC>.<id>")


def imessage(address: str) -> Approver:
    """Read an e-mail address or a phone number with country code; raises InvalidAddressError for anything else."""
    handle = trimmed(address)
    if email := _EMAIL.fullmatch(handle.lower()):
        return Approver(Channel.IMESSAGE, email.group())
    if phone := _phone(handle):
        return Approver(Channel.IMESSAGE, phone)
    raise InvalidAddressError("use an e-mail address or a phone number that begins with + and the country code")


def forms(approver: Approver) -> tuple[Approver, ...]:
    """Returns every address by which the provider may name this person: the one given first, then any other."""
    if approver.channel is Channel.WHATSAPP:
        for digit, pattern in _TWO_FORMS.values():
            if number := pattern.fullmatch(approver.handle):
                country, given, rest = number.groups()
                return approver, Approver(Channel.WHATSAPP, f"{country}{'' if given else digit}{rest}")
    return (approver,)


def trimmed(text: str) -> str:
    """Removes white space and invisible characters at both ends."""
    return _AT_AN_END.sub("", text)


def _phone(text: str) -> str | None:
    digits = _PHONE_PUNCTUATION.sub("", text)
    return digits if digits.isascii() and _PHONE.fullmatch(digits) else None
