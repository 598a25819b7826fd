"""Checks that a signed form is split into fields as Twilio splits it.

Twilio signs names and values one after the other without separators, so one signature fits every
form that reads the same once it is sorted: a stranger's text "approveFromwhatsapp:+15551234567" can
be split into a Body and a From. Therefore a field that the edge relies on must begin wherever the
signed text has its name followed by the beginning of such a value, and only once. Twilio's own From
is always in the text, so no other split has a different one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.candidate import Approver
from domain.channels import Channel
from domain.errors import InvalidAddressError
from domain.identifiers import MESSAGE_SID

Form = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Field:
    """Patterns of a field's value and its beginning; also longer names that end in its name."""

    value: str
    begins: str
    longer_names: tuple[str, ...] = ()


_ANYTHING, _SIDS = "(?s:.*)", f"(?:{MESSAGE_SID})?"
_SCOPED_ID = r"[A-Z]{2}\.[A-Za-z0-9.]+"
_ADDRESS = rf"whatsapp:(\+[0-9]+|{_SCOPED_ID})"
_SCHEMES = "whatsapp|messenger|fbmessenger|instagram|rcs|sms|mms|client|sips?|chat|viber|telegram|line|wechat|sim|web"
"""Schemes of Twilio's addresses. Arbitrary letters would also match words that begin with From."""
_WORD, _NUMBER, _FLAG = _Field("[a-z_]*", "[a-z]"), _Field("[0-9]*", "[0-9]"), _Field("(true|false)?", "true|false")
_FIELDS = {
    "AccountSid": _Field("AC[0-9a-fA-F]{32}", "AC[0-9a-fA-F]{32}"),
    "ApiVersion": _Field(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{4}-"),
    "Body": _Field(_ANYTHING, r"(?<=ApiVersion[0-9]{4}-[0-9]{2}-[0-9]{2}Body)"),
    "ButtonPayload": _Field(_ANYTHING, r"\w"),
    "ButtonText": _Field(_ANYTHING, r"\w"),
    "ChannelMetadata": _Field(_ANYTHING, r"\{"),
    "ErrorCode": _NUMBER,
    "ExternalUserId": _Field("(whatsapp:[A-Za-z0-9.]+)?", "whatsapp:"),
    "Forwarded": _Field(_FLAG.value, _FLAG.begins, ("FrequentlyForwarded",)),
    "FrequentlyForwarded": _FLAG,
    "From": _Field(_ADDRESS, rf"({_SCHEMES}):|\+[0-9]"),
    "MessageSid": _Field(MESSAGE_SID, MESSAGE_SID, ("OriginalRepliedMessageSid", "SmsMessageSid")),
    "MessageStatus": _WORD,
    "MessageType": _WORD,
    "NumMedia": _Field(_NUMBER.value, _NUMBER.begins, ("ReferralNumMedia",)),
    "NumSegments": _NUMBER,
    "OriginalRepliedMessageSid": _Field(_SIDS, MESSAGE_SID),
    "ReferralNumMedia": _NUMBER,
    "SmsMessageSid": _Field(_SIDS, MESSAGE_SID),
    "SmsSid": _Field(_SIDS, MESSAGE_SID),
    "SmsStatus": _WORD,
    "To": _Field(_ADDRESS, r"whatsapp:|\+[0-9]"),
    "WaId": _Field(rf"(\+?[0-9]+|{_SCOPED_ID})?", r"\+?[0-9]|[A-Z]{2}\.[A-Za-z0-9]"),
}
_MARKS = {name: re.compile(f"{name}(?={field.begins})") for name, field in _FIELDS.items()}
_LONGER_SID = re.compile("([A-Z][a-z]+)+MessageSid")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
"""A letter comes first, so a name is never the rest of a path, a number or an address."""
_AFTER_BODY = re.compile("From|Forwarded|[A-Z][a-z]+([A-Z][a-z]+)+[0-9]*")
"""The names that can follow a Body. Otherwise a word of the text, such as "Don't", could end it."""


@dataclass(frozen=True)
class TwilioForms:
    """The forms of one account and one number."""

    account_sid: str
    number: Approver

    def is_genuine(self, query: str, form: Form, *, is_status_report: bool) -> bool:
        """Returns whether a correctly signed message or status report is genuine.

        The signature covers the URL's query before the form.
        """
        fields = dict(form)
        return (
            _is_each_once_and_readable(form)
            and _is_cut_at_its_names(query, form)
            and _is_one_message(fields)
            and (is_status_report or _is_one_sender(fields))
            and self._is_ours(fields, "From" if is_status_report else "To")
        )

    def _is_ours(self, fields: Mapping[str, str], end: str) -> bool:
        account, number = fields.get("AccountSid"), fields.get(end)
        is_account = account is None or account.lower() == self.account_sid.lower()
        return is_account and (number is None or _are_one(number, str(self.number)))


def _is_each_once_and_readable(form: Form) -> bool:
    relied_on = [(name, value) for name, value in form if name in _FIELDS]
    return (
        len({name for name, _ in relied_on}) == len(relied_on)
        and all(re.fullmatch(_FIELDS[name].value, value) for name, value in relied_on)
        and all(_NAME.fullmatch(name) for name, _ in form)
    )


def _is_cut_at_its_names(query: str, form: Form) -> bool:
    """Returns whether a field begins at each of its marks in the text.

    The Body must also end at a name like Twilio's.
    """
    text, names_by_end = query, {}
    cut = sorted(set(form))
    own_names = {name: {name, *field.longer_names} for name, field in _FIELDS.items()}
    if _is_named_twice(dict(cut)):
        own_names["MessageSid"] |= {name for name, _ in cut if _LONGER_SID.fullmatch(name)}
    for name, value in cut:
        names_by_end[len(text) + len(name)] = name
        text += name + value
    return all(
        names_by_end.get(mark.end()) in own_names[name]
        for name, pattern in _MARKS.items()
        for mark in pattern.finditer(text)
    ) and all(_AFTER_BODY.fullmatch(after) for (name, _), (after, _) in pairwise(cut) if name == "Body")


def _is_named_twice(fields: Mapping[str, str]) -> bool:
    """Returns whether a second field has the message's id.

    If so, no longer name can hide the real MessageSid.
    """
    return bool(fields.get("MessageSid")) and fields["MessageSid"] in {
        fields.get("SmsMessageSid"),
        fields.get("SmsSid"),
    }


def _is_one_message(fields: Mapping[str, str]) -> bool:
    """Returns whether the ids agree, and only a tap has a button's id."""
    ids = {fields[name] for name in ("MessageSid", "SmsMessageSid", "SmsSid") if fields.get(name)}
    return len(ids) <= 1 and not ("ButtonPayload" in fields and fields.get("MessageType") == "text")


def _is_one_sender(fields: Mapping[str, str]) -> bool:
    """Returns whether the sender's two numbers, or two ids, agree.

    A number and an id cannot be compared.
    """
    sender, wa_id, user_id = (fields.get(name, "") for name in ("From", "WaId", "ExternalUserId"))
    is_number = sender.startswith("whatsapp:+")
    if re.fullmatch(_SCOPED_ID, wa_id):
        return {user_id, "" if is_number else sender} <= {"", f"whatsapp:{wa_id}"}
    if is_number:
        return not wa_id or _are_one(sender, f"whatsapp:+{wa_id.removeprefix('+')}")
    return not (sender and user_id) or sender == user_id


def _are_one(address: str, other: str) -> bool:
    """Returns whether two addresses belong to one person."""
    try:
        return Approver.read(Channel.WHATSAPP, address) in Approver.read(Channel.WHATSAPP, other).forms
    except InvalidAddressError:
        return False
