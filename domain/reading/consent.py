"""Words by which a provider stops sending to somebody, or starts again: it heeds them before the gateway does."""

from enum import StrEnum

_OPT_OUT = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
_OPT_IN = {"start", "unstop"}
"""Twilio's default words."""


class Consent(StrEnum):
    """Whether somebody wants to be asked in a chat at all."""

    WITHDRAWN = "stop"
    GIVEN = "start"


def consent(message: str) -> Consent | None:
    """Read a message; None for anything but such a word."""
    word = message.strip().rstrip(".!").lower()
    if word in _OPT_OUT:
        return Consent.WITHDRAWN
    return Consent.GIVEN if word in _OPT_IN else None
