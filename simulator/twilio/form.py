"""The form of CreateMessage, after twilio_api_v2010 (github.com/twilio/twilio-oai)."""

import json
import re

from simulator.twilio.errors import TwilioError, invalid_parameter

_TEXT = r"[\s\S]*"
_BOOLEAN = r"true|false"
_INTEGER = r"-?\d+"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
_URL = rf"https?://(?:[^\s/?#@]+@)?(?:{_HOST})(?::\d+)?(?:[/?#]\S*)?"
_HEX = r"[0-9a-fA-F]{32}"
_DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"

FORM = {
    "To": r"whatsapp:(?:\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,128})",
    "StatusCallback": _URL,
    "ApplicationSid": rf"AP{_HEX}",
    "MaxPrice": r"-?\d+(?:\.\d+)?",
    "ProvideFeedback": _BOOLEAN,
    "Attempt": _INTEGER,
    "ValidityPeriod": _INTEGER,
    "ForceDelivery": _BOOLEAN,
    "ContentRetention": r"retain|discard",
    "AddressRetention": r"retain|obfuscate",
    "SmartEncoded": _BOOLEAN,
    "PersistentAction": _TEXT,
    "ShortenUrls": _BOOLEAN,
    "ScheduleType": r"fixed",
    "SendAt": _DATE_TIME,
    "SendAsMms": _BOOLEAN,
    "ContentVariables": _TEXT,
    "RiskCheck": r"enable|disable",
    "From": _TEXT,
    "MessagingServiceSid": rf"MG{_HEX}",
    "Body": _TEXT,
    "MediaUrl": _URL,
    "ContentSid": rf"HX{_HEX}",
}
ARRAYS = {"PersistentAction", "MediaUrl"}
MAX_BODY_UTF16_UNITS = 1600
MAX_MEDIA = 10
MAX_VALIDITY_SEC = 36_000

_ERRORS = {
    "To": (21211, "Invalid 'To' Phone Number: {}"),
    "StatusCallback": (21609, "The 'StatusCallback' URL {} is not a valid URL."),
    "ContentSid": (21655, "The ContentSid {} is invalid"),
    "MediaUrl": (21620, "Invalid media URL(s): {}"),
}


def checked(pairs: list[tuple[str, str]], sender: str) -> dict[str, str]:
    """Returns the form's scalar fields, or raises Twilio's error.

    `sender` is the account's only sender.
    """
    fields = dict(pairs)
    _check_names(pairs)
    if not fields.get("To"):
        raise TwilioError(21604, "A 'To' phone number is required.")
    _check_sender(fields, sender)
    for name, value in pairs:
        if not re.fullmatch(FORM[name], value):
            code, message = _ERRORS.get(name, (20422, f"Invalid Parameter: {name}={{}}"))
            raise TwilioError(code, message.format(value))
    _check_content(pairs, fields)
    if not 1 <= int(fields.get("ValidityPeriod", "1")) <= MAX_VALIDITY_SEC:
        raise invalid_parameter("ValidityPeriod")
    return fields


def _check_names(pairs: list[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name not in FORM or (name in seen and name not in ARRAYS):
            raise invalid_parameter(name)
        seen.add(name)


def _check_sender(fields: dict[str, str], sender: str) -> None:
    if "MessagingServiceSid" in fields:
        raise TwilioError(21701, "The Messaging Service does not exist")
    if "ScheduleType" in fields or "SendAt" in fields:
        raise TwilioError(35118, "MessagingServiceSid is required to schedule a message")
    if not fields.get("From"):
        raise TwilioError(21603, "A 'From' phone number is required.")
    if fields["From"] != sender:
        raise TwilioError(63007, "Twilio could not find a Channel with the specified From address")


def _check_content(pairs: list[tuple[str, str]], fields: dict[str, str]) -> None:
    if not (fields.get("Body") or "MediaUrl" in fields or "ContentSid" in fields):
        raise TwilioError(21619, "A text message body or media urls must be specified.")
    if len(fields.get("Body", "").encode("utf-16-le")) // 2 > MAX_BODY_UTF16_UNITS:
        raise TwilioError(21617, "The concatenated message body exceeds the 1600 character limit")
    if sum(name == "MediaUrl" for name, _ in pairs) > MAX_MEDIA:
        raise TwilioError(21623, "Number of media files exceeds allowed limit")
    if "ContentVariables" in fields:
        if "ContentSid" not in fields:
            raise TwilioError(21654, "ContentSid Required")
        content_variables(fields)


def content_variables(fields: dict[str, str]) -> dict[str, str]:
    """Returns the values of a content's variables."""
    try:
        variables = json.loads(fields.get("ContentVariables", "{}"))
    except ValueError:
        variables = None
    if not (isinstance(variables, dict) and all(isinstance(value, str) for value in variables.values())):
        raise TwilioError(21656, "The Content Variables Parameter is invalid")
    return variables
