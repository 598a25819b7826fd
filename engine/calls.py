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

_WEBHOOK_BUDGET = timedelta(seconds=8)
"""For one webhook, from its headers to the last call.

To find out why Temporal did not answer takes up to 4 s more. Twilio waits 15 s for the response.
"""

_REQUEST_BEGAN: ContextVar[float] = ContextVar("request_began")


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
    began = time.monotonic()
    try:
        async with asyncio.timeout(budget.total_seconds()):
            yield
    except TimeoutError as error:
        raise await explained(EngineState.SLOW, f"no answer within {budget.total_seconds():.0f} s", began) from error
    except RPCError as error:
        if state := state_of(error):
            raise await explained(state, reason_of(error), began) from error
        STANDING.served()
        raise
    except EngineUnreachedError as error:
        raise unavailable(error.state, error.reason) from error
    except RuntimeError as error:
        if is_no_connection(error):
            raise await explained(by_connection_error(str(error)), str(error), began) from error
        raise
    else:
        STANDING.served()


def is_no_connection(error: RuntimeError) -> bool:
    """Returns whether a lazy client could not connect."""
    return "client connect" in str(error)


def state_of(error: RPCError) -> EngineState | None:
    """Returns why Temporal did not serve a call; None if the error is about the request itself."""
    return None if _is_about_a_run(error) else by_status(error.status.name, error.message)


def reason_of(error: RPCError) -> str:
    """Returns Temporal's own words, in one line for operators."""
    return f"{error.status.name}: {error.message}"


def _is_about_a_run(error: RPCError) -> bool:
    """Returns whether a run is missing, not the namespace; a proxy's NOT_FOUND has no details."""
    return error.status is RPCStatusCode.NOT_FOUND and any(
        detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )


async def explained(state: EngineState, reason: str, began: float) -> EngineUnavailableError:
    """Notes a failed call that began at a moment (time.monotonic), and returns its error.

    The state is the one that a new connection shows. Without one, a call that got no answer in time
    is slow if Temporal answers a health check, and away if not.
    """
    why, silent = None, None
    if state is EngineState.SLOW:
        why, silent = await asyncio.gather(STANDING.explain(), STANDING.check_health(began))
    elif state.traits.may_hide_another:
        why = await STANDING.explain()
    found = why or silent
    return unavailable(found.state, found.reason) if found else unavailable(state, reason)


def unavailable(state: EngineState, reason: str) -> EngineUnavailableError:
    """Notes a failed call in the log and the metrics, and returns its error."""
    STANDING.met(state, reason)
    return EngineUnavailableError(state.traits.words, state)


def not_understood(error: RPCError) -> EngineUnavailableError:
    """Returns the error for a refusal that no caller expects, such as an invalid argument."""
    return unavailable(EngineState.REFUSING, reason_of(error))
