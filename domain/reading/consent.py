"""The words that stop a provider's messages to a person, or start them again.

The provider heeds these words before the gateway does.
"""

from enum import StrEnum

_OPT_OUT = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
_OPT_IN = {"start", "unstop"}
"""Twilio's default words."""


class Consent(StrEnum):
    """Whether a person wants to be asked in a chat at all."""

    WITHDRAWN = "stop"
    GIVEN = "start"


def consent(message: str) -> Consent | None:
    """Reads an opt-out or opt-in word; returns None for any other message."""
    word = message.strip().rstrip(".!").lower()
    if word in _OPT_OUT:
        return Consent.WITHDRAWN
    return Consent.GIVEN if word in _OPT_IN else None
