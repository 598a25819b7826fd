"""What went wrong at a provider, as one of a few classes: codes are many, and a metric keeps each label for ever."""

from domain.sending.provider_faults import Fault, fault_of

CONNECT, TIMEOUT = "connect", "timeout"
"""What stands for a code where there was no answer: no connection, or one that broke; or none in time."""

_STATUSES = {"401": "401", "429": "429", "4": "4xx", "5": "5xx"}
_TWILIO = {prefix: f"{prefix}xxx" for prefix in ("21", "30", "63")}
_OURS = "ours"
"""Of Twilio's codes those that blame neither a recipient nor a message: they wait, until somebody acts or it passes."""

_OTHER = "other"
_TWILIO_DIGITS = 5

REPORTED_CLASSES = (*_TWILIO.values(), _OURS, _OTHER)
CLASSES = (CONNECT, TIMEOUT, *_STATUSES.values(), *REPORTED_CLASSES)


def code_class(code: str) -> str:
    """Class a HTTP status, one of Twilio's codes of five digits, or what stands for a code."""
    if code in {CONNECT, TIMEOUT}:
        return code
    if len(code) == _TWILIO_DIGITS:
        return _OURS if fault_of(code) is Fault.OURS else _TWILIO.get(code[:2], _OTHER)
    return _STATUSES.get(code) or _STATUSES.get(code[:1], _OTHER)
