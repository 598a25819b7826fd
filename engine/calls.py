"""Calls to Temporal: bounded in time, and an outage is one error, whatever shape the SDK gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.api.errordetails.v1 import NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import EngineUnavailableError

log = structlog.get_logger()

_BUDGET = timedelta(seconds=6)
"""For one call; core waits 15 s for what takes two of them."""

WEBHOOK_BUDGET = timedelta(seconds=12)
"""For all calls that one webhook needs; Twilio waits 15 s for its answer."""

_UNPREPARED = "search attribute"
"""What the server's refusal names if `python -m tools.setup_temporal` was not run for the namespace."""

_ANSWERS = frozenset({RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND})
"""The statuses that say something about the request itself; any other says that it was not served."""


@asynccontextmanager
async def engine_call(budget: timedelta = _BUDGET) -> AsyncIterator[None]:
    """Raise EngineUnavailableError if what is done within fails for want of a Temporal that answers."""
    try:
        async with asyncio.timeout(budget.total_seconds()):
            yield
    except TimeoutError as error:
        raise EngineUnavailableError("the workflow engine does not answer in time, or has too much to do") from error
    except RPCError as error:
        if _is_answer(error):
            raise
        log.warning("engine_refused", status=error.status.name, reason=error.message)
        raise EngineUnavailableError(_why(error)) from error
    except RuntimeError as error:
        if "client connect" in str(error):  # what a lazy client raises while it cannot connect
            raise EngineUnavailableError("the workflow engine cannot be reached") from error
        raise


def _is_answer(error: RPCError) -> bool:
    if error.status not in _ANSWERS or _UNPREPARED in error.message.lower():
        return False
    return error.status is not RPCStatusCode.NOT_FOUND or _is_about_a_run(error)


def _is_about_a_run(error: RPCError) -> bool:
    """Whether a run is not found, rather than the whole namespace; a proxy's NOT_FOUND has no details at all."""
    return any(detail.Is(NotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


def _why(error: RPCError) -> str:
    if error.status is RPCStatusCode.NOT_FOUND:
        return "the workflow engine does not know the gateway's namespace"
    return "the workflow engine does not serve; the gateway's log says why"
