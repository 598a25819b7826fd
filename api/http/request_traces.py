"""Traces authenticated requests only, so that strangers cannot make the edge export spans."""

from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api import errors
from api.gateway import gateway_of

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Trace(Enum):
    """The trace of a route's requests: core's own, a new one, or none.

    Only core's trace header is trusted, because Twilio's signature covers no headers.
    """

    CONTINUED = auto()
    BEGUN = auto()
    NONE = auto()


def traced(handle: _Handler, route: str, trace: Trace) -> _Handler:
    """Wraps a route handler so that it traces each request."""
    if trace is Trace.NONE:
        return handle

    async def traced_handle(request: Request) -> Response:
        traceparent = request.headers.get("traceparent") if trace is Trace.CONTINUED else None
        with gateway_of(request).request_traces.request(request.method, route, traceparent) as answered:
            try:
                response = await handle(request)
            except Exception as error:
                answered(errors.status_of(error))
                raise
            answered(response.status_code)
            return response

    return traced_handle
