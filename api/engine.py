"""Calls to Temporal: bounded in time, and an outage is one error, whatever shape the SDK gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import EngineUnavailableError

log = structlog.get_logger()

_BUDGET = timedelta(seconds=6)
"""For one call; core waits 15 s for what takes two of them."""

WEBHOOK_BUDGET = timedelta(seconds=12)
"""For all calls that one webhook needs; Twilio waits 15 s for its answer."""

_UNPREPARED = "search attribute"
"""What the server's refusal names if `python -m tools.setup_temporal` was not run for the namespace."""

_OUTAGES = frozenset(
    {
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.UNKNOWN,
    }
)


@asynccontextmanager
async def engine_call(budget: timedelta = _BUDGET) -> AsyncIterator[None]:
    """Raise EngineUnavailableError if what is done within fails for want of a Temporal that answers."""
    try:
        async with asyncio.timeout(budget.total_seconds()):
            yield
    except TimeoutError as error:
        raise EngineUnavailableError("the workflow engine does not answer in time, or has too much to do") from error
    except RPCError as error:
        if error.status in _OUTAGES or _UNPREPARED in error.message.lower():
            log.warning("engine_refused", status=error.status.name, reason=error.message)
            raise EngineUnavailableError("the workflow engine does not serve; the gateway's log says why") from error
        raise
    except RuntimeError as error:
        if "client connect" in str(error):  # what a lazy client raises while it cannot connect
            raise EngineUnavailableError("the workflow engine cannot be reached") from error
        raise
