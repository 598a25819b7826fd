"""Calls to Temporal: bounded in time, and an outage is one error, whatever shape the SDK gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.service import RPCError, RPCStatusCode

from domain.errors import EngineUnavailableError

_BUDGET = timedelta(seconds=6)
"""Less than core's 15 s and Twilio's 15 s, also for a few calls in a row."""

_OUTAGES = frozenset(
    {
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.UNKNOWN,
    }
)


@asynccontextmanager
async def engine_call() -> AsyncIterator[None]:
    """Raise EngineUnavailableError if what is done within fails for want of a Temporal that answers."""
    try:
        async with asyncio.timeout(_BUDGET.total_seconds()):
            yield
    except TimeoutError as error:
        raise EngineUnavailableError("the workflow engine does not answer") from error
    except RPCError as error:
        if error.status in _OUTAGES:
            raise EngineUnavailableError("the workflow engine does not answer") from error
        raise
    except RuntimeError as error:
        if "client connect" in str(error):  # what a lazy client raises while it cannot connect
            raise EngineUnavailableError("the workflow engine cannot be reached") from error
        raise
