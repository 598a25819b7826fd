"""The size of a request's body, limited before anything reads it."""

from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 128 * 1024
"""Bytes; the longest candidate, every character of it escaped, takes about half."""


class _BodyTooLongError(Exception):
    pass


class BodyLimit:
    """Answers 413 as soon as a body is announced or turns out to be too long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > LONGEST_BODY:
            await _refuse(scope, receive, send)
            return
        received, too_long, started = 0, False, False

        async def limited_receive() -> Message:
            nonlocal received, too_long
            message = await receive()
            received += len(message.get("body", b""))
            if received > LONGEST_BODY:
                too_long = True
                raise _BodyTooLongError
            return message

        async def watched_send(message: Message) -> None:
            nonlocal started
            if too_long and not started:
                return  # what FastAPI makes of a body that could not be read to its end
            started = True
            await send(message)

        with suppress(_BodyTooLongError):
            await self._app(scope, limited_receive, watched_send)
        if too_long and not started:
            await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without closing the connection: whoever still sends would see it reset, and not the answer."""
    answer = JSONResponse({"detail": f"the body is longer than {LONGEST_BODY} bytes"}, 413)
    await answer(scope, receive, send)
