"""Routes that authenticate their caller before they read the body.

FastAPI reads and parses a body before it runs any dependency. A stranger would learn what is wrong
with the body, and could make the edge wait for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from api.http.request_traces import Trace, traced
from domain.errors import BodyTooLongError, BodyTooSlowError
from engine.calls import request_begins

LONGEST_BODY = 128 * 1024
"""Bytes. The longest candidate, with every character escaped, takes about half."""

LONGEST_WAIT = timedelta(seconds=10)
"""The time for a whole body; Twilio and core give up on a request after 15 s."""

Authenticate = Callable[[Request], Awaitable[None]]


def guarded_by(authenticate: Authenticate, trace: Trace = Trace.BEGUN, *, is_json: bool = False) -> type[APIRoute]:
    """Returns a route class that authenticates requests, and limits their bodies, before parsing.

    With `is_json`, the body is parsed as JSON whatever its Content-Type: some callers send none, or
    a wrong one.
    """

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = traced(super().get_route_handler(), self.path, trace)

            async def guarded(request: Request) -> Response:
                request_begins()
                bounded = _BoundedRequest(_as_json(request.scope) if is_json else request.scope, request.receive)
                try:
                    await authenticate(bounded)
                    await bounded.body()
                except ClientDisconnect:
                    raise HTTPException(400) from None  # the client is gone and reads no answer
                return await handle(bounded)

            return guarded

    return GuardedRoute


def _as_json(scope: Scope) -> Scope:
    """Sets the Content-Type, without which FastAPI does not parse JSON."""
    others = [header for header in scope["headers"] if header[0] != b"content-type"]
    return {**scope, "headers": [*others, (b"content-type", b"application/json")]}


class _BoundedRequest(Request):
    """Limits the body in size and time, and keeps it for FastAPI."""

    async def body(self) -> bytes:
        """Returns the body.

        Raises BodyTooLongError as soon as it is announced or found to be too long, or
        BodyTooSlowError.
        """
        if int(self.headers.get("Content-Length", "0")) > LONGEST_BODY:
            raise _too_long()
        try:
            async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
                return await super().body()
        except TimeoutError:
            raise BodyTooSlowError(f"the body took longer than {LONGEST_WAIT.total_seconds():.0f} s") from None

    async def stream(self) -> AsyncGenerator[bytes, None]:
        received = 0
        async with aclosing(super().stream()) as chunks:
            async for chunk in chunks:
                received += len(chunk)
                if received > LONGEST_BODY:
                    raise _too_long()
                yield chunk


def _too_long() -> BodyTooLongError:
    return BodyTooLongError(f"the body is longer than {LONGEST_BODY} bytes")
