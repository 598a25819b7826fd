"""Calls to Temporal: bounded in time, and an outage is one error, whatever shape the SDK gives it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from domain.engine_states import EngineState
from domain.errors import EngineUnavailableError
from engine.standing import STANDING

_BUDGET = timedelta(seconds=6)
"""For one call; core waits 15 s for what takes two of them."""

WEBHOOK_BUDGET = timedelta(seconds=12)
"""For all calls that one webhook needs; Twilio waits 15 s for its answer."""

_STATES = {
    RPCStatusCode.UNAVAILABLE: EngineState.AWAY,
    RPCStatusCode.DEADLINE_EXCEEDED: EngineState.SLOW,
    RPCStatusCode.CANCELLED: EngineState.SLOW,
    RPCStatusCode.RESOURCE_EXHAUSTED: EngineState.THROTTLED,
    RPCStatusCode.UNAUTHENTICATED: EngineState.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED: EngineState.FORBIDDEN,
    RPCStatusCode.NOT_FOUND: EngineState.NO_NAMESPACE,
}
"""Of what was not served; a status that is not here says no more than that."""

_OF_THE_REQUEST = frozenset({RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND})
"""The statuses that may say something about the request itself."""

_BY_WORDS = {
    "search attribute": EngineState.UNPREPARED,
    "size exceeds limit": EngineState.TOO_LARGE,
    "rate limit exceeded": EngineState.THROTTLED,
}
"""Words of the server's refusals that say something about the namespace, though their status is another one."""


_CODE = re.compile(r"\bStatus \{ code: (\w+)")
"""The status of a refused connection, which the SDK's core writes into its error."""

_STATUSES = {status.name.replace("_", "").lower(): status for status in RPCStatusCode}


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
            raise unavailable(connection_state(error), str(error)) from error
        raise
    else:
        STANDING.served()


def state_of(error: RPCError) -> EngineState | None:
    """Return why Temporal did not serve a call; None if the error is about the request itself."""
    words = error.message.lower()
    by_words = next((state for said, state in _BY_WORDS.items() if said in words), None)
    if by_words and error.status in _OF_THE_REQUEST | {RPCStatusCode.UNAVAILABLE}:
        return by_words
    if error.status in _OF_THE_REQUEST and (error.status is not RPCStatusCode.NOT_FOUND or _is_about_a_run(error)):
        return None
    return _STATES.get(error.status, EngineState.REFUSING)


def connection_state(error: RuntimeError) -> EngineState:
    """Returns why the SDK could not connect: with its first call, it learns what Temporal refuses."""
    code = _CODE.search(str(error))
    status = code and _STATUSES.get(code[1].lower())
    return _STATES.get(status, EngineState.REFUSING) if status else EngineState.AWAY


def _is_about_a_run(error: RPCError) -> bool:
    """Whether a run is not found, rather than the whole namespace; a proxy's NOT_FOUND has no details at all."""
    return any(detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


def unavailable(state: EngineState, reason: str) -> EngineUnavailableError:
    """Note a call that was not served, for the log and the metrics, and return its error."""
    STANDING.met(state, reason)
    return EngineUnavailableError(state.traits.words, state)
