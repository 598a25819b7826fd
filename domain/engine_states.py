"""Why Temporal does not serve the gateway, and how the gateway reacts: the one table of both.

docs/runbook.md has the table for operators, and a test compares them.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_SOON = timedelta(seconds=5)
_ONCE_FIXED = timedelta(seconds=30)
"""An operator has to act first, so an earlier retry does not help."""


class Behavior(StrEnum):
    """What a process does while Temporal does not serve."""

    WAIT = "waits"
    """Asks again until Temporal serves; a command gives up after a minute."""

    END = "ends"


@dataclass(frozen=True)
class StateTraits:
    words: str
    """The text in every log, answer and probe, and in the doctor."""

    is_ready: bool
    """Whether /readyz is 200 all the same; it is 503 for what the contract names."""

    retry_after: timedelta
    """With the 503 that each request gets."""

    command: Behavior
    """Of tools.setup_temporal; the doctor waits for nothing and reports a problem."""

    worker: Behavior = Behavior.WAIT

    is_of_the_request: bool = False
    """Whether only this request fails.

    Then an owner gets a refusal in place of the 503, because the same text never succeeds.
    """

    may_hide_another: bool = False
    """Whether the call may have failed for another reason, which a new connection shows."""


class EngineState(StrEnum):
    AWAY = "away"
    SLOW = "slow"
    THROTTLED = "throttled"
    UNAUTHENTICATED = "unauthenticated"
    NO_CERTIFICATE = "no_certificate"
    FOREIGN_CERTIFICATE = "foreign_certificate"
    EXPIRED_CERTIFICATE = "expired_certificate"
    UNTRUSTED_SERVER = "untrusted_server"
    FORBIDDEN = "forbidden"
    NO_NAMESPACE = "no_namespace"
    UNPREPARED = "unprepared"
    TOO_LARGE = "too_large"
    REFUSING = "refusing"

    @property
    def traits(self) -> StateTraits:
        return _TRAITS[self]


def _until_fixed(words: str, *, is_ready: bool = False, command: Behavior = Behavior.END) -> StateTraits:
    return StateTraits(words, is_ready, _ONCE_FIXED, command)


def _passing(words: str, *, is_ready: bool, may_hide_another: bool) -> StateTraits:
    return StateTraits(words, is_ready, _SOON, Behavior.WAIT, may_hide_another=may_hide_another)


_TRAITS = {
    EngineState.AWAY: _passing("Temporal cannot be reached", is_ready=False, may_hide_another=True),
    EngineState.SLOW: _passing("Temporal does not answer in time", is_ready=True, may_hide_another=True),
    EngineState.THROTTLED: _passing("Temporal limits this namespace's calls", is_ready=True, may_hide_another=False),
    EngineState.UNAUTHENTICATED: _until_fixed("Temporal refuses the API key or the client certificate"),
    EngineState.NO_CERTIFICATE: _until_fixed("Temporal asks for a client certificate, and none is set"),
    EngineState.FOREIGN_CERTIFICATE: _until_fixed("Temporal does not know the authority of the client certificate"),
    EngineState.EXPIRED_CERTIFICATE: _until_fixed("the client certificate for Temporal has expired"),
    EngineState.UNTRUSTED_SERVER: _until_fixed("the certificate of Temporal's server is not trusted"),
    EngineState.FORBIDDEN: _until_fixed("Temporal does not let this key or certificate do that"),
    # setup_temporal waits for what it has just created: not all servers know it at once.
    EngineState.NO_NAMESPACE: _until_fixed("Temporal does not know the namespace", command=Behavior.WAIT),
    EngineState.UNPREPARED: _until_fixed(
        "the namespace lacks search attributes: run python -m tools.setup_temporal",
        is_ready=True,
        command=Behavior.WAIT,
    ),
    EngineState.TOO_LARGE: StateTraits(
        "this is larger than Temporal's limit (limit.blobSize.error)",
        is_ready=True,
        retry_after=_ONCE_FIXED,
        command=Behavior.END,
        is_of_the_request=True,
    ),
    EngineState.REFUSING: _passing("Temporal does not serve", is_ready=False, may_hide_another=True),
}

_SIGNS: tuple[tuple[str, str, EngineState | None], ...] = (
    ("", "rate limit exceeded", EngineState.THROTTLED),
    ("INVALID_ARGUMENT", "exceeds limit", EngineState.TOO_LARGE),
    ("INVALID_ARGUMENT", "exceeds size limit", EngineState.TOO_LARGE),
    ("INVALID_ARGUMENT", "search attribute", EngineState.UNPREPARED),
    ("INVALID_ARGUMENT", "", None),
    ("ALREADY_EXISTS", "", None),
    ("UNKNOWN", "transport error", EngineState.AWAY),
    ("CANCELLED", "operation was canceled", EngineState.AWAY),
    ("UNAVAILABLE", "", EngineState.AWAY),
    ("DEADLINE_EXCEEDED", "", EngineState.SLOW),
    ("CANCELLED", "", EngineState.SLOW),
    ("RESOURCE_EXHAUSTED", "", EngineState.THROTTLED),
    ("UNAUTHENTICATED", "", EngineState.UNAUTHENTICATED),
    ("PERMISSION_DENIED", "", EngineState.FORBIDDEN),
    ("NOT_FOUND", "", EngineState.NO_NAMESPACE),
    ("", "", EngineState.REFUSING),
)
"""A gRPC status, words in its message, and the state; the first row that fits counts.

An empty text fits any. None: the error is about the request itself, and its caller knows what it
means. `transport error` and `operation was canceled` are the SDK's, for a call whose connection was
closed, for example by a balancer.
"""

_ALERTS = {
    "CertificateRequired": EngineState.NO_CERTIFICATE,
    "UnknownCA": EngineState.FOREIGN_CERTIFICATE,
    "CertificateExpired": EngineState.EXPIRED_CERTIFICATE,
    **dict.fromkeys(
        ("BadCertificate", "CertificateUnknown", "CertificateRevoked", "UnsupportedCertificate", "AccessDenied"),
        EngineState.UNAUTHENTICATED,
    ),
}

_OF_CONNECTION = re.compile(r'\bStatus \{ code: (\w+)(?:, message: "([^"]*)")?')
"""Matches the status of a refused connection in an SDK error, for example `PermissionDenied`."""


def by_status(status: str, message: str) -> EngineState | None:
    """Returns the state for the name of a gRPC status other than OK, and its message.

    Returns None if the error is about the request itself.
    """
    said = message.lower()
    return next(state for name, words, state in _SIGNS if name in {"", status} and words in said)


def by_alert(alert: str) -> EngineState | None:
    """Returns the state for the name of a TLS alert; None if it says nothing about certificates."""
    return _ALERTS.get(alert)


def by_connection_error(error: str) -> EngineState:
    """Returns the state for an error of the SDK on connecting; its first call shows a refusal.

    Without an answer to that call Temporal is away, as without one to a health check.
    """
    status = _OF_CONNECTION.search(error)
    if not status:
        return EngineState.AWAY
    state = by_status(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status[1]).upper(), status[2] or "")
    return EngineState.AWAY if state is EngineState.SLOW else state or EngineState.REFUSING
