"""Calls to Temporal: each has a time limit, and every outage raises EngineUnavailableError."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta

from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from domain.engine_states import EngineState, by_connection_error, by_status
from domain.errors import EngineUnavailableError, EngineUnreachedError
from engine.standing import STANDING

_BUDGET = timedelta(seconds=6)
"""For one call. Core waits 15 s for a request that takes two of them."""

_WEBHOOK_BUDGET = timedelta(seconds=12)
"""For one webhook, from its headers to the last call. Twilio waits 15 s for the response."""

_REQUEST_BEGAN: ContextVar[float] = ContextVar("request_began")

_OF_THE_REQUEST = frozenset({RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND})
"""The statuses that can be about the request itself."""

_OF_THE_CONNECTION = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.UNKNOWN}
)
"""The statuses of a call that lost its connection and cannot make a new one."""

_BY_WORDS = {
    "search attribute": EngineState.UNPREPARED,
    "size exceeds limit": EngineState.TOO_LARGE,
    "rate limit exceeded": EngineState.THROTTLED,
}
"""Phrases of refusals that concern the namespace, although their status suggests otherwise."""


def request_begins() -> None:
    """Starts the budget of the request that this task serves, before its body arrives."""
    _REQUEST_BEGAN.set(time.monotonic())


def webhook_budget() -> timedelta:
    """Returns the time for all calls that a webhook needs; a slow body has used some of it."""
    now = time.monotonic()
    used = timedelta(seconds=now - _REQUEST_BEGAN.get(now))
    return max(_WEBHOOK_BUDGET - used, timedelta(0))


@asynccontextmanager
async def engine_call(budget: timedelta = _BUDGET) -> AsyncIterator[None]:
    """Raises EngineUnavailableError if Temporal does not serve the calls that are made inside."""
    try:
        async with asyncio.timeout(budget.total_seconds()):
            yield
    except TimeoutError as error:
        raise await _explained(EngineState.SLOW, f"no answer within {budget.total_seconds():.0f} s") from error
    except RPCError as error:
        if state := state_of(error):
            reason = reason_of(error)
            if error.status in _OF_THE_CONNECTION:
                raise await _explained(state, reason) from error
            raise unavailable(state, reason) from error
        STANDING.served()
        raise
    except EngineUnreachedError as error:
        raise unavailable(error.state, error.reason) from error
    except RuntimeError as error:
        if "client connect" in str(error):  # what a lazy client raises while it cannot connect
            raise await _explained(by_connection_error(str(error)), str(error)) from error
        raise
    else:
        STANDING.served()


def state_of(error: RPCError) -> EngineState | None:
    """Returns why Temporal did not serve a call; None if the error is about the request itself."""
    words = error.message.lower()
    by_words = next((state for said, state in _BY_WORDS.items() if said in words), None)
    if by_words and error.status in _OF_THE_REQUEST | {RPCStatusCode.UNAVAILABLE}:
        return by_words
    if error.status in _OF_THE_REQUEST and (error.status is not RPCStatusCode.NOT_FOUND or _is_about_a_run(error)):
        return None
    return by_status(error.status.name, error.message)


def reason_of(error: RPCError) -> str:
    """Returns Temporal's own words, in one line for operators."""
    return f"{error.status.name}: {error.message}"


def _is_about_a_run(error: RPCError) -> bool:
    """Returns whether a run is missing, not the namespace; a proxy's NOT_FOUND has no details."""
    return any(detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


async def _explained(state: EngineState, reason: str) -> EngineUnavailableError:
    """Returns the error for what prevents a new connection, or for `state` if nothing does."""
    if found := await STANDING.explain():
        return unavailable(found.state, found.reason)
    return unavailable(state, reason)


def unavailable(state: EngineState, reason: str) -> EngineUnavailableError:
    """Notes a failed call in the log and the metrics, and returns its error."""
    STANDING.met(state, reason)
    return EngineUnavailableError(state.traits.words, state)
