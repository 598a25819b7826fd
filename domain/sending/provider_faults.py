"""Sorts Twilio's errors by whose fault they are.

After a fault of ours or Twilio's, the send waits; a fault of the recipient's or the message's fails
the channel. Source: Twilio's dictionary of errors and warnings,
https://www.twilio.com/docs/api/errors. A code that is not in the table might be anybody's fault, so
the send waits: an owner can answer a prompt that is late, but not one that was given up.
"""

from enum import StrEnum

OPTED_OUT = "21610"
"""The recipient wrote STOP: Twilio rejects messages to them until they write START."""


class ProviderFault(StrEnum):
    RECIPIENT = "recipient"
    """No message of ours reaches this address on the channel."""
    MESSAGE = "message"
    """This particular message reaches nobody."""
    OURS = "ours"
    """The account, the sender, a limit, a template or Twilio itself: it passes, or an operator
    fixes it."""


_RECIPIENT = {
    "21211": "the number is invalid",
    OPTED_OUT: "the recipient has opted out with STOP",
    "21614": "the number is not a mobile number",
    "30004": "the recipient blocks messages",
    "30005": "the number is unknown",
    "30006": "the number is a landline",
    "63003": "the recipient was not found",
    "63005": "the channel rejects the content, or does not know the recipient",
    "63014": "the recipient blocks the sender",
    "63015": "the recipient has not joined the sandbox",
    "63024": "the recipient is invalid",
    "63032": "WhatsApp excludes the recipient as part of an experiment",
    "63033": "the recipient is blocked",
}
_MESSAGE = {
    "21602": "the message is empty",
    "21604": "the message names no recipient",
    "21617": "the message is too long",
    "21619": "the message is empty",
    "30007": "the message was filtered",
    "63013": "the message violates the channel's policy",
    "63016": "the recipient's last message is older than 24 hours",
    "63021": "the content is invalid or too long",
    "63026": "the message was classified as spam",
    "63030": "a parameter is not supported",
    "63049": "Meta chose not to deliver the message",
}
_OURS = {
    "20003": "the credentials are wrong",
    "20005": "the account is not active",
    "20429": "there are too many requests at once",
    "21212": "the sender is invalid",
    "21408": "the region is not permitted",
    "21606": "the sender cannot send",
    "21608": "the account is a trial, and the number is not verified",
    "21609": "the URL for status reports is invalid",
    "21611": "the sender's queue is full",
    "21654": "the account can only send templates",
    "21612": "the recipient cannot be reached from this sender",
    "21655": "the template is unknown",
    "21656": "the template's variables cannot be used",
    "21703": "the messaging service has no sender",
    "30001": "the queue is full",
    "30003": "the phone cannot be reached now",
    "63001": "the channel refuses the credentials",
    "63007": "the sender is unknown",
    "63009": "the channel failed",
    "63010": "Twilio failed",
    "63012": "the channel failed",
    "63017": "the account sends too fast",
    "63018": "the sender sends too fast, or has reached its tier",
    "63020": "Meta's invitation is not accepted",
    "63022": "the sender's certificate is invalid",
    "63023": "the channel failed",
    "63027": "the template or its language is missing",
    "63028": "the template has other variables",
    "63029": "the template could not be loaded",
    "63038": "the account's daily limit is reached",
    "63040": "the template was rejected",
    "63041": "the template is paused",
    "63042": "the template is disabled",
    "63051": "the WhatsApp account is locked",
}
_REFUSALS = dict.fromkeys(("400", "413", "422"), "the provider refuses the message")
"""HTTP statuses of responses without a code; the sidecar's responses never have one."""


def fault_of(code: str | None) -> ProviderFault:
    if code in _RECIPIENT:
        return ProviderFault.RECIPIENT
    return ProviderFault.MESSAGE if code in _MESSAGE else ProviderFault.OURS


def explained(code: str) -> str:
    """Returns a code with its meaning, if that is known."""
    words = words_for(code)
    return f"{code}, {words}" if words else code


def words_for(code: str | None) -> str | None:
    """Returns the meaning of a code; None for an unknown code.

    Twilio's own descriptions are not used, because they contain the address.
    """
    return (_RECIPIENT | _MESSAGE | _OURS | _REFUSALS).get(code or "")
