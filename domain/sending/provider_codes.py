"""Sorts provider errors into a few classes, because a metric keeps every label forever."""

from domain.sending.provider_faults import ProviderFault, fault_of

CONNECT, TIMEOUT = "connect", "timeout"
"""Used instead of a code if there was no response: no connection or a broken one, or none in time.
"""

_STATUSES = {"401": "401", "429": "429", "4": "4xx", "5": "5xx"}
_TWILIO = {prefix: f"{prefix}xxx" for prefix in ("21", "30", "63")}
_OURS = "ours"
"""Twilio's codes that blame neither recipient nor message: the send waits until somebody acts, or
the fault passes."""

_OTHER = "other"
_TWILIO_DIGITS = 5

REPORTED_CLASSES = (*_TWILIO.values(), _OURS, _OTHER)
CLASSES = (CONNECT, TIMEOUT, *_STATUSES.values(), *REPORTED_CLASSES)


def code_class(code: str) -> str:
    """Returns the class of an HTTP status, a Twilio code of five digits, CONNECT or TIMEOUT."""
    if code in {CONNECT, TIMEOUT}:
        return code
    if len(code) == _TWILIO_DIGITS:
        return _OURS if fault_of(code) is ProviderFault.OURS else _TWILIO.get(code[:2], _OTHER)
    return _STATUSES.get(code) or _STATUSES.get(code[:1], _OTHER)
