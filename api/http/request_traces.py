"""Which requests are traced: those of whoever was authenticated, so that no stranger makes the edge export anything."""

from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api import errors
from api.gateway import gateway_of

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Trace(Enum):
    """What a route's requests belong to: core's own trace, one that begins here, or none.

    Core alone is believed: no signature of Twilio's covers a header.
    """

    CONTINUED = auto()
    BEGUN = auto()
    NONE = auto()


def traced(handle: _Handler, route: str, trace: Trace) -> _Handler:
    """Trace what a route does for each request."""
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
