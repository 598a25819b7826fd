"""Routes that know their caller before they read what it sends.

FastAPI reads and parses a body before any dependency runs: a stranger would be told what is wrong with it, and could
make the edge wait for it.
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

LONGEST_BODY = 128 * 1024
"""Bytes; the longest candidate, every character of it escaped, takes about half."""

LONGEST_WAIT = timedelta(seconds=10)
"""For a body's last byte; Twilio gives up on a request after 15 s, core does too."""

Authenticate = Callable[[Request], Awaitable[None]]


def guarded_by(authenticate: Authenticate, trace: Trace = Trace.BEGUN, *, is_json: bool = False) -> type[APIRoute]:
    """Make a route class that refuses whom `authenticate` refuses, by its headers or by a body within the limits.

    With `is_json` the body is JSON, whatever the Content-Type says: some callers send none, or another.
    """

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = traced(super().get_route_handler(), self.path, trace)

            async def guarded(request: Request) -> Response:
                bounded = _BoundedRequest(_as_json(request.scope) if is_json else request.scope, request.receive)
                try:
                    await authenticate(bounded)
                    await bounded.body()
                except ClientDisconnect:
                    raise HTTPException(400) from None  # nobody is there to read it
                return await handle(bounded)

            return guarded

    return GuardedRoute


def _as_json(scope: Scope) -> Scope:
    """FastAPI reads JSON only where the header says so."""
    others = [header for header in scope["headers"] if header[0] != b"content-type"]
    return {**scope, "headers": [*others, (b"content-type", b"application/json")]}


class _BoundedRequest(Request):
    """Limits its body in size and time; once read, it is kept for FastAPI."""

    async def body(self) -> bytes:
        """Raise BodyTooLongError as soon as a body is announced or turns out to be too long, or BodyTooSlowError."""
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
