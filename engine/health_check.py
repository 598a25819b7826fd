"""Asks whether Temporal answers at all: one that does is slow, one that does not is away."""

import asyncio
import time
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from domain.engine_states import EngineState, by_connection_error
from domain.errors import EngineUnreachedError
from engine.calls import is_no_connection, reason_of, state_of

_LONGEST = timedelta(seconds=2)
"""Without an answer to a health check for so long, Temporal is away; other calls can be slow."""


class HealthCheck:
    """Temporal's own health check, which needs no permission; concurrent callers share one."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._found: EngineUnreachedError | None = None
        self._asked_at = -1.0

    async def __call__(self, since: float) -> EngineUnreachedError | None:
        """Returns how Temporal failed a check that began after `since`; None if it did not."""
        async with self._lock:
            if self._asked_at < since:
                began = time.monotonic()
                self._found = await failed_check(self._client)
                self._asked_at = began
            return self._found


async def failed_check(client: Client) -> EngineUnreachedError | None:
    """Returns how Temporal fails a health check; None if it answers that it serves."""
    try:
        async with asyncio.timeout(_LONGEST.total_seconds()):
            is_serving = await client.service_client.check_health()
    except TimeoutError:
        return _away(f"no answer to a health check within {_LONGEST.total_seconds():g} s")
    except RPCError as error:
        state = state_of(error) or EngineState.REFUSING
        return _away(reason_of(error)) if state is EngineState.SLOW else EngineUnreachedError(state, reason_of(error))
    except RuntimeError as error:
        if not is_no_connection(error):
            raise
        return EngineUnreachedError(by_connection_error(str(error)), str(error))
    if is_serving:
        return None
    return EngineUnreachedError(EngineState.REFUSING, "its health check reports that it is not serving")


def _away(reason: str) -> EngineUnreachedError:
    return EngineUnreachedError(EngineState.AWAY, reason)
