"""Findings about a Temporal that does not serve, in the words of the log and /readyz."""

from temporalio.client import Client
from temporalio.service import RPCError

from domain.engine_states import EngineState
from domain.errors import EngineUnreachedError
from engine.calls import reason_of, state_of
from engine.health_check import failed_check
from tools.doctor.findings import Finding, not_checked, problem

Trouble = RPCError | EngineUnreachedError | TimeoutError

SETUP = "run python -m tools.setup_temporal (in Temporal Cloud, use its own tools)"

FIXES = {
    EngineState.AWAY: "start Temporal, or correct TEMPORAL_ADDRESS and TEMPORAL_TLS…",
    EngineState.SLOW: "see the log and the load of Temporal and its database, and whether a firewall drops packets",
    EngineState.THROTTLED: "raise Temporal's limit for this namespace (frontend.namespaceRPS), or send fewer requests",
    EngineState.UNAUTHENTICATED: "correct TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_…, then restart api and worker",
    EngineState.NO_CERTIFICATE: "set TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_…",
    EngineState.FOREIGN_CERTIFICATE: "use a client certificate of an authority that Temporal's server trusts",
    EngineState.EXPIRED_CERTIFICATE: "renew the files of TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_…",
    EngineState.UNTRUSTED_SERVER: "correct TEMPORAL_TLS_SERVER_CA_CERT_… or TEMPORAL_TLS_SERVER_NAME",
    EngineState.FORBIDDEN: "let this key or certificate write to TEMPORAL_NAMESPACE, or use one that may",
    EngineState.NO_NAMESPACE: f"correct TEMPORAL_NAMESPACE, or create it: {SETUP}",
    EngineState.UNPREPARED: SETUP,
    EngineState.TOO_LARGE: "raise limit.blobSize.error in Temporal's dynamic configuration",
    EngineState.REFUSING: "see Temporal's log",
}


def not_served(check: str, error: Trouble) -> Finding:
    """Returns a problem with Temporal's state; `not checked` if only this request is wrong."""
    state = _state(error)
    if state is None:
        return not_checked(check, f"unknown: {_reason(error)}")
    return in_state(check, state, _reason(error))


def in_state(check: str, state: EngineState, reason: str) -> Finding:
    return problem(check, f"{state.traits.words} ({reason})", FIXES[state])


async def told_apart(client: Client, error: Trouble) -> Trouble:
    """Returns the failed health check of a Temporal that gave no answer in time, or the error."""
    return (await failed_check(client) or error) if _state(error) is EngineState.SLOW else error


def is_unreachable(error: Trouble) -> bool:
    """Returns whether no answer arrived, so that nothing is known about the namespace."""
    return _state(error) in {EngineState.AWAY, EngineState.SLOW}


def _reason(error: Trouble) -> str:
    if isinstance(error, RPCError):
        return reason_of(error)
    if isinstance(error, EngineUnreachedError):
        return error.reason.splitlines()[0]
    return "no answer in time"


def _state(error: Trouble) -> EngineState | None:
    if isinstance(error, RPCError):
        return state_of(error)
    return EngineState.SLOW if isinstance(error, TimeoutError) else error.state
