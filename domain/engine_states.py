"""Why Temporal does not serve the gateway, and how the gateway reacts.

docs/runbook.md has the same table for operators.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_SOON = timedelta(seconds=5)
_ONCE_FIXED = timedelta(seconds=30)
"""An operator has to act first, so an earlier retry does not help."""


@dataclass(frozen=True)
class StateTraits:
    words: str
    """The text in every log, answer and probe."""

    is_ready: bool
    """Whether requests can still succeed, so that load balancers keep sending them."""

    retry_after: timedelta


class EngineState(StrEnum):
    """In each of these, workers wait and the edge answers 503; neither process ends."""

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


_TRAITS = {
    EngineState.AWAY: StateTraits("Temporal cannot be reached", is_ready=False, retry_after=_SOON),
    EngineState.SLOW: StateTraits("Temporal does not answer in time", is_ready=True, retry_after=_SOON),
    EngineState.THROTTLED: StateTraits("Temporal limits this namespace's calls", is_ready=True, retry_after=_SOON),
    EngineState.UNAUTHENTICATED: StateTraits(
        "Temporal refuses the API key or the client certificate", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.NO_CERTIFICATE: StateTraits(
        "Temporal asks for a client certificate, and none is set", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.FOREIGN_CERTIFICATE: StateTraits(
        "Temporal does not know the authority of the client certificate", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.EXPIRED_CERTIFICATE: StateTraits(
        "the client certificate for Temporal has expired", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.UNTRUSTED_SERVER: StateTraits(
        "the certificate of Temporal's server is not trusted", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.FORBIDDEN: StateTraits(
        "Temporal does not let this key or certificate do that", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.NO_NAMESPACE: StateTraits(
        "Temporal does not know the namespace", is_ready=False, retry_after=_ONCE_FIXED
    ),
    EngineState.UNPREPARED: StateTraits(
        "the namespace lacks search attributes: run python -m tools.setup_temporal",
        is_ready=False,
        retry_after=_ONCE_FIXED,
    ),
    EngineState.TOO_LARGE: StateTraits(
        "this is larger than Temporal's limit (limit.blobSize.error)", is_ready=True, retry_after=_ONCE_FIXED
    ),
    EngineState.REFUSING: StateTraits("Temporal does not serve", is_ready=False, retry_after=_SOON),
}

_BY_STATUS = {
    "UNAVAILABLE": EngineState.AWAY,
    "DEADLINE_EXCEEDED": EngineState.SLOW,
    "CANCELLED": EngineState.SLOW,
    "RESOURCE_EXHAUSTED": EngineState.THROTTLED,
    "UNAUTHENTICATED": EngineState.UNAUTHENTICATED,
    "PERMISSION_DENIED": EngineState.FORBIDDEN,
    "NOT_FOUND": EngineState.NO_NAMESPACE,
}

_LOST_CONNECTION = {("UNKNOWN", "transport error"), ("CANCELLED", "operation was canceled")}
"""The SDK's errors for a call whose connection was closed, for example by a balancer."""

_OF_CONNECTION = re.compile(r'\bStatus \{ code: (\w+)(?:, message: "([^"]*)")?')
"""Matches the status of a refused connection in an SDK error, for example `PermissionDenied`."""


def by_status(status: str, message: str) -> EngineState:
    """Returns the state for the name of a gRPC status other than OK, and its message."""
    if (status, message) in _LOST_CONNECTION:
        return EngineState.AWAY
    return _BY_STATUS.get(status, EngineState.REFUSING)


def by_connection_error(error: str) -> EngineState:
    """Returns the state for an error of the SDK on connecting; its first call shows a refusal."""
    status = _OF_CONNECTION.search(error)
    if not status:
        return EngineState.AWAY
    return by_status(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status[1]).upper(), status[2] or "")
