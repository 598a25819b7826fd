"""Calls to Temporal: each has a time limit, and every outage raises EngineUnavailableError."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError
from engine.standing import STANDING

_BUDGET = timedelta(seconds=6)
"""For one call. Core waits 15 s for a request that takes two of them."""

WEBHOOK_BUDGET = timedelta(seconds=12)
"""For all calls that one webhook needs. Twilio waits 15 s for the response."""

_STATES = {
    RPCStatusCode.UNAVAILABLE: EngineState.AWAY,
    RPCStatusCode.DEADLINE_EXCEEDED: EngineState.SLOW,
    RPCStatusCode.CANCELLED: EngineState.SLOW,
    RPCStatusCode.RESOURCE_EXHAUSTED: EngineState.THROTTLED,
    RPCStatusCode.UNAUTHENTICATED: EngineState.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED: EngineState.FORBIDDEN,
    RPCStatusCode.NOT_FOUND: EngineState.NO_NAMESPACE,
}
"""Why Temporal did not serve a call, by status; any other status only means that it refused."""

_OF_THE_REQUEST = frozenset({RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND})
"""The statuses that can be about the request itself."""

_BY_WORDS = {"search attribute": EngineState.UNPREPARED, "size exceeds limit": EngineState.TOO_LARGE}
"""Phrases of refusals that concern the namespace, although their status suggests the request."""


@asynccontextmanager
async def engine_call(budget: timedelta = _BUDGET) -> AsyncIterator[None]:
    """Raise EngineUnavailableError if what is done within fails for want of a Temporal that answers."""
    try:
        async with asyncio.timeout(budget.total_seconds()):
            yield
    except TimeoutError as error:
        raise unavailable(EngineState.SLOW, f"no answer within {budget.total_seconds():g} s") from error
    except RPCError as error:
        if state := state_of(error):
            raise unavailable(state, f"{error.status.name}: {error.message}") from error
        STANDING.served()
        raise
    except RuntimeError as error:
        if "client connect" in str(error):  # what a lazy client raises while it cannot connect
            raise unavailable(EngineState.AWAY, str(error)) from error
        raise
    else:
        STANDING.served()


def state_of(error: RPCError) -> EngineState | None:
    """Returns why Temporal did not serve a call; None if the error is about the request itself."""
    if error.status in _OF_THE_REQUEST:
        words = error.message.lower()
        if by_words := next((state for said, state in _BY_WORDS.items() if said in words), None):
            return by_words
        if error.status is not RPCStatusCode.NOT_FOUND or _is_about_a_run(error):
            return None
    return _STATES.get(error.status, EngineState.REFUSING)


def _is_about_a_run(error: RPCError) -> bool:
    """Returns whether a run is missing, not the namespace; a proxy's NOT_FOUND has no details."""
    return any(detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


def unavailable(state: EngineState, reason: str) -> EngineUnavailableError:
    """Notes a failed call in the log and the metrics, and returns its error."""
    STANDING.met(state, reason)
    return EngineUnavailableError(state.traits.words, state)
